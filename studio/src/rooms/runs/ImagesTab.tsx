/** Images that a run logged. */

import { ImageRegular } from "@fluentui/react-icons/svg/image";
import { useQueries } from "@tanstack/react-query";
import { Card } from "../../ui/Bits";
import { Empty } from "../../ui/States";
import { artifactUrl } from "../artifacts/queries";
import { useWhere } from "../workspaces/where";
import { useMetrics } from "./feed";
import { type Run, seriesQuery } from "./queries";
import css from "./runs.module.css";

export default function ImagesTab({ run }: { run: Run }) {
  const where = useWhere();
  const metrics = useMetrics(run);
  const images = metrics.filter(({ kind }) => kind === "image");
  const lists = useQueries({ queries: images.map((metric) => seriesQuery(where, run.id, metric)) });
  if (images.length === 0) {
    return (
      <Empty icon={<ImageRegular />} title="No images">
        {'Log one with run.log_image("confusion", plot=plt), and it appears here.'}
      </Empty>
    );
  }
  const shown = lists.flatMap(({ data }, at) => Object.values(data?.values ?? {}).flat().map((path) => ({ name: images[at]?.name ?? "", path: String(path) })));
  return (
    <div className={css.images}>
      {shown.map(({ name, path }) => (
        <Card key={path} title={name}>
          <a href={artifactUrl(where, run.container, path)} download>
            <img src={artifactUrl(where, run.container, path, { inline: true })} alt={name} loading="lazy" />
          </a>
        </Card>
      ))}
    </div>
  );
}
