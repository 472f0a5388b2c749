"""`gateway serve`: the node itself, in the foreground."""

import click

from gateway.cli import options, output


@click.command(epilog="Example: gateway --config jp/config.toml serve")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Run the node until SIGTERM or Ctrl-C; it ends what it has begun and exits 0.

    The passphrase of its keys comes from where [passphrase] in the configuration says. The log
    goes to stderr, a JSON object a line.
    """
    from gateway import config
    from gateway.node.serving import serve
    from gateway.passphrase import read_passphrase

    settings = config.load(options.config_path())
    output.talk(f"{settings.node.name} starts; the log follows. Ctrl-C ends it.")
    ctx.exit(serve(settings, read_passphrase(settings.passphrase)))
