"""The command line `graphfraud`: one app, one module a noun."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

from api.cli import (
    application,
    audit,
    check,
    doctor,
    evaluate,
    explanations,
    export,
    generate,
    keys,
    lists,
    load,
    mapping,
    pairs,
    policy,
    report,
    rings,
    scan,
    serve,
    state,
    status,
    store,
    webhooks,
)
from api.exit_codes import (
    EXIT_BUG,
    EXIT_CODES,
    EXIT_INPUT,
    EXIT_INTERRUPTED,
    EXIT_NOBODY_READS,
    EXIT_OK,
    explain,
)

# In the order in which --help lists them: files in, look, tables out, upkeep.
NOUNS = (
    doctor,
    generate,
    mapping,
    load,
    scan,
    status,
    rings,
    application,
    explanations,
    pairs,
    evaluate,
    audit,
    check,
    export,
    report,
    policy,
    store,
    serve,
    keys,
    lists,
    webhooks,
    state,
)

EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {says}" for code, says in EXIT_CODES.items())

app = typer.Typer(
    name="graphfraud",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    add_completion=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"graphfraud {version('graphfraud')}")
        raise typer.Exit()


@app.callback()
def graphfraud(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[  # noqa: ARG001 - run() reads it, wherever it stands
        bool, typer.Option("--debug", help="Show the traceback of an error; works after the command too.")
    ] = False,
) -> None:
    """Find fraud rings in auto finance: groups of loan applications that are secretly one operation.

    \b
    Load, scan, look:
      graphfraud load applications.csv dealers.csv
      graphfraud scan
      graphfraud rings --top 20
      graphfraud report rings.html
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for noun in NOUNS:
    noun.register(app)


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error becomes one line on stderr unless --debug is given."""
    options, rest = _split_at_dashes(arguments)
    debug = "--debug" in options
    words = [word for word in options if word != "--debug"] + rest
    try:
        result = get_command(app).main(args=words, prog_name="graphfraud", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as stop:  # typer and rich leave this way when nobody reads stdout
        return _nobody_reads() if isinstance(stop.__context__, BrokenPipeError) else _as_code(stop.code)
    except BrokenPipeError:
        return _nobody_reads()
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", EXIT_INTERRUPTED)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group without a command; its message is the whole help
            sys.stdout.write(str(getattr(error, "message", "")) + "\n")
            return EXIT_INPUT
        if debug:
            import traceback

            traceback.print_exc()
        return _fail(*explain(error))
    if result == EXIT_INTERRUPTED:
        return _fail("interrupted", EXIT_INTERRUPTED)
    return _as_code(result)


def _fail(line: str, code: int) -> int:
    try:
        sys.stderr.write(f"graphfraud: {line}\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads stderr either
    return code


def _nobody_reads() -> int:
    # The interpreter flushes stdout once more on its way out; give it something that takes it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_NOBODY_READS


def _as_code(value: object) -> int:
    return value if isinstance(value, int) else EXIT_OK if value is None else EXIT_BUG


def _split_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    words = list(arguments)
    cut = words.index("--") if "--" in words else len(words)
    return words[:cut], words[cut:]


if __name__ == "__main__":
    main()
