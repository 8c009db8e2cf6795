/** One experiment and its runs. */

import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { paths } from "../../paths";
import { Editable } from "../../ui/Editable";
import { Page } from "../../ui/Page";
import { useWhere } from "../workspaces/where";
import { RunsView } from "./RunsView";
import { experimentQuery, updateExperiment } from "./queries";

export function Component() {
  const where = useWhere();
  const { experiment: name = "" } = useParams();
  const { data: experiment } = useSuspenseQuery(experimentQuery(where, name));
  const crumbs = [
    { label: where.workspace, to: paths.studio(where) },
    { label: "Experiments", to: paths.experiments(where) },
    { label: experiment.name },
  ];
  const description = (
    <Editable
      text={experiment.description}
      noun="description"
      placeholder="Add a description"
      onSave={(text) => updateExperiment(where, name, { description: text })}
    />
  );
  return (
    <Page crumbs={crumbs} title={experiment.name} subtitle={description} fill>
      <RunsView experiment={experiment.name} />
    </Page>
  );
}
