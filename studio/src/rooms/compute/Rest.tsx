/** When an instance rests: after idle minutes, and by a weekly schedule. */

import { Checkbox, Field, Input, Select, Switch } from "@fluentui/react-components";
import type { Schema } from "../../api/client";
import css from "./compute.module.css";

export type Schedule = Schema<"Schedule">;
type Day = Schedule["days"] extends (infer D)[] | undefined ? D : never;

export interface Rest {
  idle_minutes: number | null;
  schedule: Schedule | null;
}

const DAYS: Day[] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const IDLE = [15, 30, 60, 120, 240, 480];
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const FIRST: Schedule = { start: "08:00", stop: "18:00", days: DAYS.slice(0, 5), time_zone: HERE };

export function RestFields({ rest, onChange }: { rest: Rest; onChange: (rest: Rest) => void }) {
  const { idle_minutes: idle, schedule } = rest;
  return (
    <>
      <Field label="Idle shutdown" hint="Stops when no kernel works, nobody types and no terminal is used for so long.">
        <Select value={String(idle ?? "")} onChange={(_, data) => onChange({ ...rest, idle_minutes: data.value ? Number(data.value) : null })}>
          <option value="">Never</option>
          {(idle === null || IDLE.includes(idle) ? IDLE : [...IDLE, idle]).map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutesText(minutes)}
            </option>
          ))}
        </Select>
      </Field>
      <Switch label="Start and stop on a schedule" checked={schedule !== null} onChange={(_, data) => onChange({ ...rest, schedule: data.checked ? FIRST : null })} />
      {schedule && <ScheduleFields schedule={schedule} onChange={(next) => onChange({ ...rest, schedule: next })} />}
    </>
  );
}

function ScheduleFields({ schedule, onChange }: { schedule: Schedule; onChange: (schedule: Schedule) => void }) {
  const days = schedule.days ?? DAYS;
  const turn = (day: Day) => onChange({ ...schedule, days: DAYS.filter((each) => (each === day ? !days.includes(day) : days.includes(each))) });
  return (
    <div className={css.schedule}>
      <Field label="Start at">
        <Input type="time" value={schedule.start ?? ""} onChange={(_, data) => onChange({ ...schedule, start: data.value || null })} />
      </Field>
      <Field label="Stop at">
        <Input type="time" value={schedule.stop ?? ""} onChange={(_, data) => onChange({ ...schedule, stop: data.value || null })} />
      </Field>
      <Field label="Time zone">
        <Input value={schedule.time_zone ?? "UTC"} onChange={(_, data) => onChange({ ...schedule, time_zone: data.value })} />
      </Field>
      <div role="group" aria-label="Days" className={css.days}>
        {DAYS.map((day) => (
          <Checkbox key={day} label={day.slice(0, 3)} aria-label={day} checked={days.includes(day)} onChange={() => turn(day)} />
        ))}
      </div>
    </div>
  );
}

/** `30 minutes`, `2 hours`. */
export function minutesText(minutes: number): string {
  if (minutes % 60 !== 0) return `${minutes} minutes`;
  return minutes === 60 ? "1 hour" : `${minutes / 60} hours`;
}

/** `08:00 to 18:00, Mon Tue, Europe/Berlin`. */
export function scheduleText({ start, stop, days = DAYS, time_zone: zone = "UTC" }: Schedule): string {
  const times = [start && `starts ${start}`, stop && `stops ${stop}`].filter(Boolean).join(", ");
  const when = days.length === DAYS.length ? "every day" : days.map((day) => day.slice(0, 3)).join(" ");
  return `${times} (${when}, ${zone})`;
}
