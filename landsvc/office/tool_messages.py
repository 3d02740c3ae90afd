"""Say what the tools of the workspace say: their names, their forms, what is typed wrong."""

from __future__ import annotations

from landsvc.core.i18n import gettext
from landsvc.office.survey_words import methods


def drawing() -> dict[str, str]:
    """Return what drawing and typing say, whatever the tool."""
    return {
        "typedHint": gettext("Metres in {system}, X (north) before Y (east), decimal point or comma."),
        "cancel": gettext("Cancel"),
        "twoPoints": gettext("A line needs at least two points."),
        "onePoint": gettext("Write one point: X (north), a space, Y (east)."),
        "lineFault": gettext("Line {line} is not two numbers: write X (north), a space, Y (east)."),
        "numberNeeded": gettext("Write a number, with a decimal point or comma."),
        "numberBounds": gettext("Write a number from {least} to {most}."),
        "drawnLength": gettext("Last part {last} m, whole line {all} m"),
        "computing": gettext("The server works it out…"),
        "committing": gettext("Entering it into the register…"),
    }


def operations() -> dict[str, str]:
    """Return what each operation is called in the list of a draft's steps."""
    return {
        "op.split_by_line": gettext("Split by a line"),
        "op.split_by_area": gettext("Split by areas"),
        "op.split_corridor": gettext("Corridor"),
        "op.merge": gettext("Merge"),
        "op.move_points": gettext("Move a corner"),
        "op.insert_point": gettext("Insert a corner"),
        "op.remove_point": gettext("Take a corner out"),
        "op.new_parcel": gettext("New parcel"),
        "op.replace_geometry": gettext("Draw anew"),
        "op.set_uses": gettext("Land uses"),
        "op.renumber": gettext("Renumber"),
        "op.retire": gettext("End a parcel"),
        "op.reinstate": gettext("Undo a record"),
    }


def tools() -> dict[str, str]:
    """Return the words of each tool: on its button, its tip, its heading, its steps, its form."""
    return surveyed() | bar() | splitting() | fabric() | outlines() | measuring() | facts()


def surveyed() -> dict[str, str]:
    """Return the words of who measured a parcel, when and how."""
    named = {f"method.{method}": name for method, name in methods().items()}
    return named | {
        "surveyedTitle": gettext("Who measured, when and how"),
        "surveyedHint": gettext("Kept with the parcel, in its history and in its technical file."),
        "surveyedOn": gettext("Surveyed on"),
        "surveyedBy": gettext("Surveyed by"),
        "surveyedMethod": gettext("Method"),
        "surveyedAccuracy": gettext("Accuracy of corners (m)"),
        "methodUnstated": gettext("not stated"),
    }


def bar() -> dict[str, str]:
    """Return what stands on the tool bar: short on a button, whole in its tip."""
    return {
        "tool.select": gettext("Choose a parcel; with Shift one more"),
        "short.select": gettext("Choose"),
        "tool.menu": gettext("All tools"),
        "short.menu": gettext("Tools"),
        "tool.finish": gettext("End what is drawn"),
        "short.finish": gettext("Done"),
        "tool.undo": gettext("Take the last step back"),
        "short.undo": gettext("Undo"),
        "tool.redo": gettext("Do again what was taken back"),
        "short.redo": gettext("Redo"),
        "tool.help": gettext("Keys"),
        "short.help": gettext("Keys"),
        "tool.split": gettext("Split by a line"),
        "short.split": gettext("Split"),
        "tool.area": gettext("Split by areas"),
        "short.area": gettext("Areas"),
        "tool.merge": gettext("Merge parcels"),
        "short.merge": gettext("Merge"),
        "tool.move": gettext("Move a corner"),
        "short.move": gettext("Move"),
        "tool.insert": gettext("Insert a corner"),
        "short.insert": gettext("Insert"),
        "tool.remove": gettext("Take a corner out"),
        "short.remove": gettext("Take out"),
        "tool.corridor": gettext("Cut a corridor"),
        "short.corridor": gettext("Corridor"),
        "tool.new": gettext("New parcel"),
        "short.new": gettext("New"),
        "tool.redraw": gettext("Draw a parcel anew"),
        "short.redraw": gettext("Redraw"),
        "tool.uses": gettext("Land uses"),
        "short.uses": gettext("Uses"),
        "tool.renumber": gettext("Renumber"),
        "short.renumber": gettext("Renumber"),
        "tool.retire": gettext("End a parcel"),
        "short.retire": gettext("End"),
        "tool.reinstate": gettext("Undo a record"),
        "short.reinstate": gettext("Undo record"),
    }


def splitting() -> dict[str, str]:
    """Return what the tools say that divide and unite parcels."""
    return {
        "title.split": gettext("Split of {name}"),
        "use.split": gettext("Split along these points"),
        "step.split.1": gettext("Click where the line begins: on an edge or a corner, or outside the parcel."),
        "step.split.2": gettext("Click each bend. Near a corner, an edge or a right angle the line snaps to it."),
        "step.split.3": gettext(
            "Double-click the last point, or press Enter. Esc cancels, Ctrl+Z takes a point back."
        ),
        "step.split.3.touch": gettext(
            "Tap the last point once more, or Done in the tool bar. Undo there takes a point back."
        ),
        "typedLabel": gettext("Or type its points, one a line: X (north) Y (east)"),
        "title.merge": gettext("Merge of {name}"),
        "use.merge": gettext("Merge these parcels"),
        "mergeWhich": gettext("Parcels that become one"),
        "mergeMore": gettext("Another parcel"),
        "mergeMoreHint": gettext("Commune-sheet-number, or its code. A click on the map adds one too."),
        "mergeTwo": gettext("Choose two parcels at least."),
        "addParcel": gettext("Add"),
        "sharesEdge": gettext("shares {metres} m"),
        "pieceOfDraft": gettext("a piece of this draft"),
        "title.area": gettext("Split by areas of {name}"),
        "use.area": gettext("Split by these areas"),
        "step.area.1": gettext("Type the areas. What is left over becomes one more piece."),
        "step.area.2": gettext("Click the edge the cuts run along, or choose it in the list."),
        "twoAreas": gettext("Registered {registered} m², measured {measured} m²."),
        "areaGoal": gettext("What the pieces get"),
        "goalAreas": gettext("the areas I type"),
        "goalMinimum": gettext("the least area and frontage of the province"),
        "areasM2": gettext("Areas of the pieces, m²"),
        "areasHint": gettext("One a line, or with spaces between; decimal point or comma."),
        "areasNeeded": gettext("Write areas of at least 0.1 m², one a line."),
        "areaSum": gettext("Together {sum} m²."),
        "areaRest": gettext("Together {sum} of {whole} m²; {rest} m² are left for the last piece."),
        "areaTooMuch": gettext("Together {sum} m²: {rest} m² more than the {whole} m² there are."),
        "basis": gettext("These areas are"),
        "basisRegistered": gettext("registered ones"),
        "basisMeasured": gettext("measured ones"),
        "difference": gettext("What registered and measured differ by"),
        "difference.proportional": gettext("every piece takes its share"),
        "difference.last": gettext("the last piece takes it"),
        "difference.refuse": gettext("is not accepted"),
        "howManyPieces": gettext("Number of pieces"),
        "cutsAlong": gettext("The cuts run along"),
        "cutsAlongHint": gettext("The first piece lies at this edge."),
        "edgeChoice": gettext("edge {no}: {length} m, bearing {bearing}°"),
        "byBearing": gettext("a bearing that I type"),
        "bearingDeg": gettext("Bearing, degrees clockwise from north"),
        "firstPiece": gettext("The first piece lies"),
        "sideAny": gettext("where it fits: at the edge, or left of the bearing"),
        "sideLeft": gettext("left of the direction"),
        "sideRight": gettext("right of the direction"),
        "title.corridor": gettext("Corridor"),
        "use.corridor": gettext("Cut this corridor"),
        "step.corridor.1": gettext("Draw the line, or type its points. It may bend."),
        "step.corridor.2": gettext("Give the width in metres and the side it lies on, seen along the line."),
        "corridorLine": gettext("Points of the line, one a line: X (north) Y (east)"),
        "widthM": gettext("Width, m"),
        "corridorSide": gettext("The corridor lies"),
        "corridorSide.left": gettext("left of the line"),
        "corridorSide.right": gettext("right of the line"),
        "corridorSide.both": gettext("on both sides, half the width on each"),
        "corridorWhich": gettext("It cuts"),
        "corridorAll": gettext("every parcel under it"),
        "corridorChosen": gettext("only what is chosen ({count})"),
    }


def fabric() -> dict[str, str]:
    """Return what the tools say that move, insert and take out corners."""
    return {
        "corner": gettext("Which corner"),
        "cornerChoice": gettext("{no}: X {x}, Y {y}"),
        "beginAtCorner": gettext("Begin at a corner."),
        "title.move": gettext("Corner moved at {name}"),
        "use.move": gettext("Move the corner"),
        "step.move.1": gettext("Drag a corner, or click it and then its new place."),
        "step.move.2": gettext("All parcels that have the corner follow; registered areas stay."),
        "newPlace": gettext("New place: X (north) Y (east)"),
        "samePlace": gettext("The corner is there already: type another place."),
        "title.insert": gettext("Corner inserted at {name}"),
        "use.insert": gettext("Insert the corner"),
        "step.insert.1": gettext(
            "Click a place on an edge of the parcel; whoever shares the edge gets the corner too."
        ),
        "newCorner": gettext("Or type it: X (north) Y (east)"),
        "title.remove": gettext("Corner taken out at {name}"),
        "use.remove": gettext("Take the corner out"),
        "step.remove.1": gettext("Click a corner, or choose it in the list. Everybody who has it loses it."),
        "toleranceM": gettext("The boundary may move by, m"),
        "toleranceHint": gettext("Without more, 0.02 m: only a corner that lies on a straight edge."),
    }


def outlines() -> dict[str, str]:
    """Return what the tools say that make a parcel of points."""
    return {
        "title.new": gettext("New parcel"),
        "use.new": gettext("Make the parcel"),
        "step.new.1": gettext("Paste a table of points, draw the outline, or work points out from measurements."),
        "step.new.2": gettext("Look at the points and their order on the map, then make the parcel."),
        "title.redraw": gettext("New outline of {name}"),
        "use.redraw": gettext("Draw it anew"),
        "step.redraw.1": gettext(
            "Paste the points of the survey, draw them, or work them out from measurements."
        ),
        "step.redraw.2": gettext("Look at the points and their order on the map, then draw it anew."),
        "outlinePoints": gettext("Corners in their order, one a line: number X (north) Y (east)"),
        "outlineHint": gettext(
            "A table pasted from a sheet is read as it is, with or without a head, in the zone it was surveyed in."
        ),
        "readPoints": gettext("Show the points on the map"),
        "pointsNeeded": gettext("Type or paste the points, or draw the outline."),
        "lookThenUse": gettext(
            "Look at the points and their order on the map; press the button again to use them."
        ),
        "northFirst": gettext("X (north) stands first."),
        "eastFirst": gettext("Y (east) stands first."),
        "otherSystems": gettext("They would also fall here in {systems}."),
        "swappedLines": gettext("Lines with the two numbers exchanged: {lines}."),
        "skippedLines": gettext("Lines without two coordinates: {lines}."),
        "outline.few": gettext("An outline needs three points at least."),
        "outline.crossing": gettext("The outline crosses itself: look at the order of the points."),
        "outlineArea": gettext("The outline encloses {area} m²."),
        "order": gettext("Order"),
        "pointName": gettext("Name"),
        "communeCode": gettext("Commune, code of five digits"),
        "sheet": gettext("Number of the map sheet"),
        "newLegalArea": gettext("New registered area, m²"),
        "newLegalAreaHint": gettext("Empty: the registered area stays."),
    }


def measuring() -> dict[str, str]:
    """Return what the form says that works out points from measurements."""
    return {
        "fromMeasurements": gettext("Points from measurements"),
        "fromMeasurementsHint": gettext("Each step gives points with names; the next ones may use them."),
        "measured": gettext("What was measured"),
        "measured.corner": gettext("a corner of the register"),
        "measured.point": gettext("a point with coordinates"),
        "measured.distances": gettext("distances from known points"),
        "measured.offset": gettext("along a line and square to it"),
        "measured.station": gettext("a total station"),
        "measured.traverse": gettext("a traverse"),
        "step.corner.name": gettext("Name of the point"),
        "step.corner.near": gettext("Near: X (north) Y (east), or click the corner"),
        "step.point.name": gettext("Name of the point"),
        "step.point.at": gettext("At: X (north) Y (east), or click the place"),
        "step.distances.name": gettext("Name of the new point"),
        "step.distances.from": gettext("From these points, names with spaces between"),
        "step.distances.distancesM": gettext("Distances from them, m, in the same order"),
        "step.distances.side": gettext("Seen from the first to the second it lies"),
        "step.offset.name": gettext("Name of the new point"),
        "step.offset.from": gettext("From point"),
        "step.offset.to": gettext("Towards point"),
        "step.offset.alongM": gettext("Along, m"),
        "step.offset.offsetM": gettext("To the right, m; left is negative"),
        "step.station.at": gettext("Station over point"),
        "step.station.backsight": gettext("Oriented to point"),
        "step.station.backsightReadingDeg": gettext("Reading to it, degrees"),
        "step.station.shots": gettext(
            "Sightings, one a line: name, reading (degrees), distance (m), zenith if sloped"
        ),
        "step.traverse.from": gettext("From point"),
        "step.traverse.to": gettext("Closes at point; empty for an open one"),
        "step.traverse.legs": gettext("Sides, one a line: name, bearing (degrees), distance (m)"),
        "onLeft": gettext("on the left"),
        "onRight": gettext("on the right"),
        "rowFault": gettext("This line has too few or too many columns: {line}"),
        "addStep": gettext("Add this step"),
        "dropStep": gettext("Drop this step"),
        "stepNeeded": gettext("Add a step first."),
        "boundaryOrder": gettext("Corners of the parcel, names in their order"),
        "boundaryHint": gettext("Empty: all points in the order they were made."),
        "workOut": gettext("Work the points out"),
        "stepNo": gettext("Step {no}"),
        "stepDone": gettext("done"),
        "residuals": gettext("residuals {values} mm"),
        "crossing": gettext("crossing at {angle}°"),
        "orientation": gettext("orientation {angle}°"),
        "wayLength": gettext("length {length} m"),
        "misclose": gettext("misclose {mm} mm"),
        "precision": gettext("precision 1:{precision}"),
        "weak": gettext("weak: lines that cross below 30°"),
    }


def facts() -> dict[str, str]:
    """Return what the tools say that change what is written of a parcel."""
    return {
        "fillIn": gettext("Fill this in."),
        "title.uses": gettext("Land uses of {name}"),
        "use.uses": gettext("Set these uses"),
        "usesOf": gettext("Uses and their registered areas"),
        "useCode": gettext("Land use"),
        "useAreaM2": gettext("Area, m²"),
        "addUse": gettext("Add a use"),
        "removeUse": gettext("Remove this use"),
        "useNeeded": gettext("A parcel has one use at least."),
        "useAreaNeeded": gettext("Each use needs its area in m²."),
        "usesRight": gettext("The uses sum to {whole} m², as they must."),
        "usesRest": gettext("The uses sum to {sum} of {whole} m²: {rest} m² are missing."),
        "usesLimit": gettext("Draw the limit between the uses"),
        "usesLine": gettext("Points of the limit, one a line: X (north) Y (east)"),
        "title.renumber": gettext("New number for {name}"),
        "use.renumber": gettext("Give this number"),
        "parcelNo": gettext("Parcel number"),
        "parcelNoHint": gettext("One that was never used on this sheet."),
        "title.retire": gettext("End of {name}"),
        "use.retire": gettext("End the parcel"),
        "endReason": gettext("Why it ends"),
        "endHint": gettext("It ends without a successor: nobody comes after it."),
        "end.stateRecovery": gettext("recovered by the State"),
        "end.erosion": gettext("eroded away"),
        "end.registeredByMistake": gettext("registered by mistake"),
        "end.becameObject": gettext("became a road, a canal or water"),
        "title.reinstate": gettext("A record of {name} undone"),
        "use.reinstate": gettext("Undo this record"),
        "whichRecord": gettext("Which record"),
        "reinstateHint": gettext("All that it did is undone. Such a step stands alone in its draft."),
    }


def keys() -> dict[str, str]:
    """Return what the sheet of keys says."""
    return {
        "keys": gettext("Keys"),
        "historyOnMap": gettext("History on the map"),
        "keyPrint": gettext("Print: the drawing of the draft, then each new parcel"),
        "keyUndo": gettext("Take back the last point, or the last step"),
        "keyRedo": gettext("Do again what was taken back"),
        "keyEnter": gettext("End the line, or use the form"),
        "keyEscape": gettext("Give the tool up; close"),
        "keySearch": gettext("Search"),
        "keyHelp": gettext("This sheet"),
        "lettersAreKeys": gettext("Single letters are keys"),
        "close": gettext("Close"),
    }


def past() -> dict[str, str]:
    """Return what the history of a parcel says."""
    return {
        "historyOf": gettext("History of {name}"),
        "historyHint": gettext("Green: as it is. Violet and dashed: as it was known at the chosen state."),
        "historySlider": gettext("State ({count} in all)"),
        "historyNo": gettext("State {no} of {count}"),
        "historyMoment": gettext("Valid from {valid}, known from {known}"),
        "historyCorrected": gettext("Corrected on {day}: known differently since."),
        "historySurvey": gettext("Survey: %(facts)s", facts="{facts}"),
        "historyChanges": gettext("What changed against the state before"),
        "historyFirst": gettext("This is the first state that is known."),
        "historySame": gettext("Nothing that is shown here; the record changed."),
        "diff.ref": gettext("Number: {before}, then {after}"),
        "diff.legal": gettext("Registered area: {before}, then {after}"),
        "diff.measured": gettext("Measured area: {before}, then {after}"),
        "diff.uses": gettext("Uses: {before}, then {after}"),
        "diff.corners": gettext("Corners: {gone} left, {come} came"),
        "backToParcel": gettext("Back to the parcel"),
    }


def told() -> dict[str, str]:
    """Return what single operations tell of themselves in a preview."""
    return {
        "toldAreas": gettext("Areas of {name}"),
        "toldDifference": gettext(
            "Registered {registered} m², measured {measured} m², difference {difference} m². Cuts at {bearing}°."
        ),
        "targetM2": gettext("Asked, m²"),
        "deviationM2": gettext("Deviation, m²"),
        "toldCut": gettext(
            "Cut {no}: {length} m long, turned by {turned}°, at most {off} mm off the exact line."
        ),
        "toldCorridor": gettext("Losses to the corridor of {width} m"),
        "lossM2": gettext("Loses, m²"),
        "lossRegisteredM2": gettext("Loses, registered m²"),
        "lossPct": gettext("Loses, %"),
        "leftM2": gettext("Left, m²"),
        "takenWhole": gettext("all of it"),
        "notNamed": gettext("Also under it, and not cut: {names}."),
    }
