"""What became of a letter that was to be made, in a sentence for whoever asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.cli.showing import counted, say, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.jobs import Composition


def tell(composition: Composition, languages: Sequence[str], *, needs_approval: bool) -> None:
    """Say what was made, or why nothing was."""
    from pipeline import jobs  # noqa: PLC0415

    match composition:
        case jobs.Composed(digest=digest, is_draft=True):
            key = digest.period.key
            how = f"`digikooste approve {key}`" if needs_approval else "`compose`"
            say(f"Draft {key}: {counted(len(digest.picks), 'item')}, reserved; {how} freezes it.")
        case jobs.AwaitsApproval(key=key, made=made, held=held):
            why = " and is held" + (f": {held}" if held else "") if held is not None else ""
            say(f"The draft {key} waits since {when(made)}{why}; `digikooste approve {key}` freezes it.")
        case jobs.Composed(digest=digest, owed=owed, held=held):
            say(
                f"Digest {digest.period.key}: {counted(len(digest.picks), 'item')} in {', '.join(languages)}; "
                f"{counted(owed, 'delivery', 'deliveries')} owed."
            )
            if held:
                say(
                    f"{counted(held, 'letter is', 'letters are')} held, for they may have gone out before the restore: "
                    f"`digikooste deliveries release {digest.period.key}` sends them, `drop` leaves them."
                )
            elif not owed:
                say(
                    "Nobody is subscribed yet: `digikooste recipients add ADDRESS`. The next compose replaces this one."
                )
        case jobs.NothingToSay(period=period, replaced=replaced):
            taken_back = " The one that was made is taken back." if period.key in replaced else ""
            say(f"Nothing new and nothing to hand out in {period.key}: no letter.{taken_back}")
        case jobs.AlreadyFrozen(status=status):
            sent = status.deliveries.get("accepted", 0)
            say(
                f"The digest {status.key} is frozen already ({counted(status.items, 'item')}, "
                f"sent to {counted(sent, 'recipient')}); nothing new was made."
            )
