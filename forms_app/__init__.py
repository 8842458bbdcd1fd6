"""The companion app of the case manager handbook.

Three ideas, each importing only downwards: *showing* (`app`, `views`, `forms`, `cli`), *keeping* (`store`) and
*rules* (`handbook`, `school_year`, `students`, `deadlines`, `checklists`, `permissions`). `docs/about/developing.md` tells more.
"""
