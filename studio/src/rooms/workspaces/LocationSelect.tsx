/** A field that chooses a region. */

import { Select } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { locationsQuery } from "./queries";

interface Props {
  value: string;
  onChange: (name: string) => void;
  disabled?: boolean;
}

export function LocationSelect({ value, onChange, ...rest }: Props) {
  const { data: locations = [{ name: value, display_name: value }] } = useQuery(locationsQuery);
  return (
    <Select value={value} onChange={(_, data) => onChange(data.value)} {...rest}>
      {locations.map(({ name, display_name }) => (
        <option key={name} value={name}>
          {display_name}
        </option>
      ))}
    </Select>
  );
}
