/** The end of an instance's logs. */

import { Button, Tab, TabList } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sentence } from "../../api/client";
import { Alert, Card } from "../../ui/Bits";
import { useWhere } from "../workspaces/where";
import { type LogName, logQuery } from "./queries";
import css from "./compute.module.css";

export function LogCard({ name }: { name: string }) {
  const where = useWhere();
  const [log, setLog] = useState<LogName>("jupyter");
  const { data, error, refetch } = useQuery(logQuery(where, name, log));
  const again = <Button appearance="subtle" size="small" icon={<ArrowClockwiseRegular />} aria-label="Read the log again" onClick={() => void refetch()} />;
  return (
    <Card title="Logs" actions={again}>
      <TabList size="small" selectedValue={log} onTabSelect={(_, { value }) => setLog(value as LogName)}>
        <Tab value="jupyter">Jupyter</Tab>
        <Tab value="environment">Environment</Tab>
      </TabList>
      {error ? (
        <Alert>{sentence(error)}</Alert>
      ) : (
        <pre className={css.log} tabIndex={0} aria-label="Log">
          {data?.truncated && "…\n"}
          {data === undefined ? "" : data.text || "Nothing has been said yet."}
        </pre>
      )}
    </Card>
  );
}
