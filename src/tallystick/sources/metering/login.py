"""A keystoneauth session from the options of a section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from tallystick.errors import ConfigError
from tallystick.sources.metering.options import KeystoneOptions

if TYPE_CHECKING:
    from keystoneauth1.session import Session


def open_session(options: KeystoneOptions, section: str) -> Session:
    """A session that logs in when it is first used. Raises ConfigError for options that are no login."""
    try:
        from keystoneauth1 import exceptions, loading, session
    except ImportError:
        raise ConfigError(f"[{section}] needs keystoneauth: pip install 'tallystick[openstack]'") from None
    if not options.auth_type:
        raise ConfigError(f"[{section}] auth_type: it must say how to log in, for instance password")
    try:
        loader: Any = loading.get_plugin_loader(options.auth_type)
        known = {option.dest for option in loader.get_options()}
        plugin = loader.load_from_options(**{name: text for name, text in _given(options).items() if name in known})
    except (exceptions.NoMatchingPlugin, exceptions.OptionError) as error:
        raise ConfigError(f"[{section}] {error}") from error
    return session.Session(
        auth=plugin,
        verify=str(options.cafile) if options.cafile else not options.insecure,
        cert=(str(options.certfile), str(options.keyfile)) if options.certfile and options.keyfile else None,
        timeout=options.timeout,
        collect_timing=options.collect_timing,
        split_loggers=options.split_loggers,
    )


def _given(options: KeystoneOptions) -> dict[str, object]:
    values = ((name, getattr(options, name)) for name in options.model_fields_set)
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in values
        if value is not None
    }
