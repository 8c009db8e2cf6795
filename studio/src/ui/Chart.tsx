/** A chart that is no curve over steps: bars, points, matrices, parallel coordinates. What draws it is loaded here. */

import { Suspense, lazy } from "react";
import type { ChartProps } from "./Drawing";
import { Waiting } from "./States";

export type { ChartOption } from "./Drawing";

const Drawing = lazy(() => import("./Drawing"));

export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Waiting />}>
      <Drawing {...props} />
    </Suspense>
  );
}
