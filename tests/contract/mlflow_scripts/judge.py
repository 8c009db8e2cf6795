"""Keeps judges and examples with MLflow's client and reads them back; prints what it saw as JSON."""

import json
import sys

import mlflow
from mlflow.genai import datasets, make_judge
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

made = datasets.create_dataset(name="arithmetic", experiment_id=experiment_id, tags={"kind": "test"})
made.merge_records([{"inputs": {"q": "2+2"}, "expectations": {"answer": "4"}}, {"inputs": {"q": "1+1"}}])
made.merge_records([{"inputs": {"q": "2+2"}, "expectations": {"more": True}}])
found = datasets.get_dataset(dataset_id=made.dataset_id)
frame = found.to_df()
first = frame[[inputs == {"q": "2+2"} for inputs in frame["inputs"]]].iloc[0]
told["records"] = [[len(frame), first["expectations"]]]
told["records"].append([mlflow.get_experiment(one).name for one in found.experiment_ids])
told["records"].append(found.delete_records([first["dataset_record_id"]]))
told["records"].append([one.name for one in datasets.search_datasets(filter_string="tags.kind = 'test'")])
datasets.delete_dataset(dataset_id=made.dataset_id)
print(json.dumps(told))
