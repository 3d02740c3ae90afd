"""Say what the tools of the workspace say: their names, their forms, what is typed wrong."""

from __future__ import annotations

from landsvc.core.i18n import gettext


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
    return {
        "tool.select": gettext("Choose a parcel; with Shift one more"),
        "short.select": gettext("Choose"),
        "tool.undo": gettext("Take the last step back"),
        "short.undo": gettext("Undo"),
        "tool.split": gettext("Split by a line"),
        "short.split": gettext("Split"),
        "title.split": gettext("Split of {name}"),
        "use.split": gettext("Split along these points"),
        "step.split.1": gettext("Click where the line begins: on an edge or a corner, or outside the parcel."),
        "step.split.2": gettext("Click each bend. Near a corner, an edge or a right angle the line snaps to it."),
        "step.split.3": gettext(
            "Double-click the last point, or press Enter. Esc cancels, Ctrl+Z takes a point back."
        ),
        "typedLabel": gettext("Or type its points, one a line: X (north) Y (east)"),
    }
