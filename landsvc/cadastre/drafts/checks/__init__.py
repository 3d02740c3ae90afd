"""Judge the end state of a draft by the rules in force: one function for each rule, data for all else.

A check is a function of what was written; the database itself is asked wherever it is the judge. A rule in the table
`cadastre.rule` that nobody has registered a check for is *untested*, and says so.
"""

from landsvc.cadastre.drafts.checks.case import Case, Check
from landsvc.cadastre.drafts.checks.judging import CHECKS, asking_second, critical, judge

__all__ = ["CHECKS", "Case", "Check", "asking_second", "critical", "judge"]
