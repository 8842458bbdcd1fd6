"""Saved lists: in the account of who saved them, once, and gone when removed."""

from __future__ import annotations

import pytest

from forms_app.finding import ListRefused
from forms_app.records import saved_lists
from tests.district import District


def test_a_list_is_kept_once_and_removed_without_trace(district: District) -> None:
    me, other = district.people["manager"].id, district.people["colleague"].id
    actor = district.actor("manager")
    first = saved_lists.save(district.store, me, "To share", "iep.share-final", "open", "mine", actor)
    assert saved_lists.save(district.store, me, "To share", "iep.share-final", "open", "mine", actor) == first
    saved_lists.save(district.store, me, "All reports", "records.file-report", "", "all", actor)
    assert [one.name for one in saved_lists.of(district.store, me)] == ["All reports", "To share"]
    assert saved_lists.of(district.store, other) == ()
    for _ in range(2):
        saved_lists.remove(district.store, me, first, actor)
    assert [one.name for one in saved_lists.of(district.store, me)] == ["All reports"]


def test_two_lists_of_one_name_are_refused_where_they_are_kept(district: District) -> None:
    me, actor = district.people["manager"].id, district.actor("manager")
    saved_lists.save(district.store, me, "To share", "iep.share-final", "open", "mine", actor)
    with pytest.raises(ListRefused):
        saved_lists.save(district.store, me, "to share", "iep.develop", "open", "mine", actor)


def test_saving_and_removing_are_in_the_log_without_the_name(district: District) -> None:
    me, actor = district.people["manager"].id, district.actor("manager")
    saved_lists.remove(district.store, me, saved_lists.save(district.store, me, "Canaryname", "iep.develop", "", "mine", actor), actor)
    last, first = district.store.history("account", me)[:2]
    assert (first.action, first.fields, last.action) == ("save a list", ("iep.develop",), "remove a list")
    assert "Canaryname" not in repr((first, last))
