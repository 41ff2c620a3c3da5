"""What every engine promises: reading, writing, streaming, and what goes wrong said in our words."""

from __future__ import annotations

from graphfraud.store import Store


def test_a_new_store_knows_itself(store: Store) -> None:
    state = store.state()
    assert state is not None
    assert (state.sequence, state.key_fingerprint) == (0, None)
