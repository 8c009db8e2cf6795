"""What can be done with webhooks and with what waits for them. Those who tell news need to know no more than that."""

from workstead.webhooks.service.deliveries import (
    Batch,
    Delivery,
    Errand,
    Handled,
    drop_leases,
    extend_errand,
    finish_errand,
    lease_errand,
    load_errands,
    postpone_errand,
    read_batch,
)
from workstead.webhooks.service.news import EVENTS, News, is_listening, tell
from workstead.webhooks.service.webhooks import (
    Webhook,
    WebhookChange,
    create_webhook,
    delete_webhook,
    forget_workspace,
    get_webhook,
    list_webhooks,
    read_target,
    update_webhook,
)

__all__ = [
    "EVENTS",
    "Batch",
    "Delivery",
    "Errand",
    "Handled",
    "News",
    "Webhook",
    "WebhookChange",
    "create_webhook",
    "delete_webhook",
    "drop_leases",
    "extend_errand",
    "finish_errand",
    "forget_workspace",
    "get_webhook",
    "is_listening",
    "lease_errand",
    "list_webhooks",
    "load_errands",
    "postpone_errand",
    "read_batch",
    "read_target",
    "tell",
    "update_webhook",
]
