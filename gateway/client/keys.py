"""The node's own keys: which are in use, and having it take up others."""

from typing import cast

from gateway.client.asking import Asking
from gateway.client.views import KeysInUse, KeysReloaded


class Keys(Asking):
    """What an operator does with the keys of a running node."""

    def keys(self) -> KeysInUse:
        """Return the card in force, which peers know it, and the certificate that is shown."""
        return cast(KeysInUse, self.get("keys"))

    def reload_keys(self) -> KeysReloaded:
        """Have the node take up what lies under `keys/`, and offer its card once more."""
        return cast(KeysReloaded, self.post("keys", "reload"))

    def use_certificate(self, *, force: bool = False) -> KeysInUse:
        """Have the node show its newest certificate; with `force` also to those who lack it."""
        return cast(KeysInUse, self.post("keys", "use-certificate", body={"force": force}))
