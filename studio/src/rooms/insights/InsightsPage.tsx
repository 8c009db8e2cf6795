/** Application Insights: overview, failures, search, live view, one operation, and how programs send. */

import { Select, Tab, TabList } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { PulseRegular } from "@fluentui/react-icons/svg/pulse";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useParams } from "react-router";
import { queryClient } from "../../api/queries";
import { paths } from "../../paths";
import { Command, Page } from "../../ui/Page";
import { useAddress } from "../../ui/useAddress";
import { ConnectTab } from "./ConnectTab";
import { FailuresTab } from "./FailuresTab";
import { LiveTab } from "./LiveTab";
import { OperationPanel } from "./OperationPanel";
import { OverviewTab } from "./OverviewTab";
import { SearchTab } from "./SearchTab";
import css from "./insights.module.css";
import { insightsQuery } from "./queries";
import { RANGES, useSpan } from "./span";

const TABS = { overview: "Overview", failures: "Failures", search: "Search", live: "Live", connect: "Connect" } as const;

export function Component() {
  const { subscription = "", group = "", workspace = "" } = useParams();
  const where = useMemo(() => ({ subscription, group, workspace }), [subscription, group, workspace]);
  const { data: insights } = useSuspenseQuery(insightsQuery(where));
  const address = useAddress();
  const operation = address.get("operation");
  const asked = address.get("tab");
  const tab = asked in TABS ? (asked as keyof typeof TABS) : "overview";
  const chosen = useSpan();
  const crumbs = [
    { label: "Home", to: paths.home() },
    { label: "Resource groups", to: paths.resourceGroups() },
    { label: group, to: paths.resourceGroup(subscription, group) },
    { label: insights.name, ...(operation && { to: paths.insights(where) }) },
  ];
  const refresh = (
    <Command icon={<ArrowClockwiseRegular />} onClick={() => void queryClient.invalidateQueries()}>
      Refresh
    </Command>
  );
  return (
    <Page
      crumbs={operation ? [...crumbs, { label: "Operation" }] : crumbs}
      title={operation ? "Operation" : insights.name}
      subtitle={operation || "Application Insights"}
      icon={<PulseRegular />}
      commands={refresh}
    >
      {operation ? (
        <OperationPanel where={where} operation={operation} />
      ) : (
        <>
          <div className={css.bar}>
            <TabList selectedValue={tab} onTabSelect={(_, { value }) => address.go({ tab: String(value) })}>
              {Object.entries(TABS).map(([value, label]) => (
                <Tab key={value} value={value}>
                  {label}
                </Tab>
              ))}
            </TabList>
            {tab !== "live" && tab !== "connect" && (
              <Select
                aria-label="Time range"
                className={css.range}
                value={chosen.hours ?? "brushed"}
                onChange={(_, { value }) => chosen.setHours(Number(value))}
              >
                {chosen.hours === null && (
                  <option value="brushed" disabled>
                    Chosen part
                  </option>
                )}
                {RANGES.map(([label, hours]) => (
                  <option key={hours} value={hours}>
                    Last {label}
                  </option>
                ))}
              </Select>
            )}
          </div>
          {tab === "overview" && <OverviewTab where={where} insights={insights} chosen={chosen} />}
          {tab === "failures" && <FailuresTab where={where} span={chosen.span} />}
          {tab === "search" && <SearchTab where={where} span={chosen.span} />}
          {tab === "live" && <LiveTab where={where} />}
          {tab === "connect" && <ConnectTab where={where} insights={insights} />}
        </>
      )}
    </Page>
  );
}
