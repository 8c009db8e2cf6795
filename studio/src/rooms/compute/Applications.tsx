/** The links that open an instance's programs; in `short`, of those that its host has. */

import type { Instance } from "./queries";
import css from "./compute.module.css";

export function Applications({ instance, short }: { instance: Instance; short?: boolean }) {
  const running = instance.state === "Running";
  const shown = instance.applications.filter(({ available }) => available || !short);
  return (
    <span className={css.applications}>
      {shown.map(({ name, url, available, why }) =>
        running && available ? (
          <a key={name} href={url} target="_blank" rel="noopener noreferrer">
            {name}
          </a>
        ) : (
          <span key={name} className={css.note} title={why ?? `${instance.name} is ${instance.state}`}>
            {name}
          </span>
        ),
      )}
    </span>
  );
}
