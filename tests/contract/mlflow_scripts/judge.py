"""Keeps judges with MLflow's client and reads them back; prints what it saw as JSON."""

import json
import sys

import mlflow
from mlflow.genai import make_judge
from mlflow.genai.scorers import delete_scorer, get_scorer, list_scorers

mlflow.set_tracking_uri(sys.argv[1])
experiment_id = mlflow.set_experiment("judged").experiment_id

for text in ("Is {{ outputs }} polite?", "Is {{ outputs }} very polite?"):
    make_judge(name="polite", instructions=text, model="openai:/gpt-4o").register(experiment_id=experiment_id)
told = {
    "scorers": [
        [one.name for one in list_scorers(experiment_id=experiment_id)],
        get_scorer(name="polite", experiment_id=experiment_id).instructions,
    ]
}
delete_scorer(name="polite", experiment_id=experiment_id, version="all")
told["scorers"].append([one.name for one in list_scorers(experiment_id=experiment_id)])
print(json.dumps(told))
