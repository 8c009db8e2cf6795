/** The links that open an instance's programs. */

import type { Instance } from "./queries";
import css from "./compute.module.css";

export function Applications({ instance }: { instance: Instance }) {
  const running = instance.state === "Running";
  return (
    <span className={css.applications}>
      {instance.applications.map(({ name, url }) =>
        running ? (
          <a key={name} href={url} target="_blank" rel="noopener noreferrer">
            {name}
          </a>
        ) : (
          <span key={name} className={css.note} title={`${instance.name} is ${instance.state}`}>
            {name}
          </span>
        ),
      )}
    </span>
  );
}
