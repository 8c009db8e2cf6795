"""Makes a webhook with MLflow's client, tries it out, makes a model and a prompt; prints what it saw as JSON."""

import json
import sys
import time

import mlflow
from mlflow.entities.webhook import WebhookEvent

mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()
events = [
    WebhookEvent.from_str(word) for word in ("model_version.created", "registered_model.created", "prompt.created")
]
made = client.create_webhook("hook", sys.argv[2], events, secret="hush")
tried = client.test_webhook(made.webhook_id)
client.create_registered_model("m")
client.create_prompt("greeting", tags={"a": "b"})
told = {"tried": [tried.success, tried.response_status]}
told["listed"] = [one.name for one in client.list_webhooks()]
told["status"] = str(client.update_webhook(made.webhook_id, description="d").status)
time.sleep(3)  # what waits for a webhook goes with it
client.delete_webhook(made.webhook_id)
told["left"] = len(client.list_webhooks())
print(json.dumps(told))
