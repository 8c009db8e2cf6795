/** One experiment and its runs. */

import { usePrefetchInfiniteQuery, usePrefetchQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { paths } from "../../paths";
import { Editable } from "../../ui/Editable";
import { Page } from "../../ui/Page";
import { usePreload } from "../../ui/usePreload";
import { useWhere } from "../workspaces/where";
import { RunsView } from "./RunsView";
import { countsQuery, runsQuery } from "./lists";
import { experimentQuery, updateExperiment } from "./queries";
import { useView } from "./view";

const loadRun = () => import("./RunPage");

export function Component() {
  const where = useWhere();
  const { experiment: name = "" } = useParams();
  const { choice, filter } = useView(name);
  usePreload(loadRun);
  // Asked together with the experiment, not after it.
  usePrefetchInfiniteQuery(runsQuery(where, choice));
  usePrefetchQuery(countsQuery(where, filter));
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
