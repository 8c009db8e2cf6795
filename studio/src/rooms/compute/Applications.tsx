/** The links that open an instance's programs; one that its host lacks leads to what there is to install. */

import type { Instance } from "./queries";
import css from "./compute.module.css";

export function Applications({ instance }: { instance: Instance }) {
  const running = instance.state === "Running";
  return (
    <span className={css.applications}>
      {instance.applications.map(({ name, url, available, why }) =>
        running || !available ? (
          <a key={name} className={available ? undefined : css.absent} href={url} title={why ?? undefined} target="_blank" rel="noopener noreferrer">
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
