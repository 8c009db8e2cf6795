/** What is known of a model's version. */

import { Button, Tooltip } from "@fluentui/react-components";
import { EditRegular } from "@fluentui/react-icons/svg/edit";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../paths";
import { Card, Copy, Facts, Tags, Time } from "../../ui/Bits";
import { Editable } from "../../ui/Editable";
import { TagDialog } from "../../ui/TagEditor";
import { formatSize } from "../../ui/format";
import { useWhere } from "../workspaces/where";
import { type Model, updateModel } from "./queries";
import css from "./models.module.css";

export function ModelDetails({ model }: { model: Model }) {
  const where = useWhere();
  const [editing, setEditing] = useState(false);
  const edit = (
    <Tooltip content="Edit tags" relationship="label">
      <Button appearance="subtle" size="small" icon={<EditRegular />} onClick={() => setEditing(true)} />
    </Tooltip>
  );
  const framework = [model.framework, model.framework_version].filter(Boolean).join(" ");
  return (
    <div className={css.columns}>
      <Card title="Attributes">
        <Facts
          items={[
            ["Name", model.name],
            ["Version", String(model.version)],
            ["ID", <Copy key="i" text={model.id} />],
            ["Date registered", <Time key="t" at={model.created_at} />],
            ["Created by", model.created_by],
            ["Experiment", model.experiment ? <Link key="e" to={paths.experiment(where, model.experiment)}>{model.experiment}</Link> : "--"],
            ["Run", model.run_id ? <Link key="r" to={paths.run(where, model.run_id)}>{model.run_id}</Link> : "--"],
            ["Framework", framework],
            ["Size", formatSize(model.size)],
            ["Path", <Copy key="p" text={`azureml/${model.origin}/${model.container}/${model.path}`} />],
          ]}
        />
      </Card>
      <div className={css.stack}>
        <Card title="Tags" actions={edit}>
          <Tags tags={model.tags} />
          <TagDialog tags={model.tags} open={editing} onClose={() => setEditing(false)} onSave={(tags) => updateModel(where, model, { tags })} />
        </Card>
        <Card title="Properties">
          <Tags tags={model.properties} none="No properties" />
        </Card>
        <Card title="Description">
          <Editable
            text={model.description}
            noun="description"
            multiline
            placeholder="Click the pencil to add a description"
            onSave={(description) => updateModel(where, model, { description })}
          />
        </Card>
      </div>
    </div>
  );
}
