/** How curves are drawn: their axis, scale and smoothness. */

import { Select, Switch } from "@fluentui/react-components";
import css from "./runs.module.css";
import type { Axis, Drawing } from "./series";

export function DrawingBar({ drawing, onChange }: { drawing: Drawing; onChange: (drawing: Drawing) => void }) {
  return (
    <>
      <Select aria-label="Horizontal axis" value={drawing.axis} onChange={(_, data) => onChange({ ...drawing, axis: data.value as Axis })}>
        <option value="step">Step</option>
        <option value="relative">Relative time</option>
        <option value="wall">Wall time</option>
      </Select>
      <Switch label="Log scale" checked={drawing.log} onChange={(_, data) => onChange({ ...drawing, log: data.checked })} />
      <label className={css.smoothing}>
        Smoothing
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={drawing.smoothing}
          onChange={(event) => onChange({ ...drawing, smoothing: event.target.valueAsNumber })}
        />
      </label>
    </>
  );
}
