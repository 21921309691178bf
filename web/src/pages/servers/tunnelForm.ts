import type { TunnelChange, TunnelDefinition } from "~/api/types";

/** The tunnel's fields as they are typed; they stay while it is switched off. */
export interface TunnelForm {
  on: boolean;
  host: string;
  port: string;
  username: string;
  authentication: TunnelDefinition["authentication"];
  password: string;
  private_key: string;
  passphrase: string;
  keep_alive: string;
  /** The key that a person has confirmed, and for which host and port: that of another SSH server is another. */
  host_key: string;
  host_key_at: string;
}

export const emptyTunnel: TunnelForm = {
  on: false,
  host: "",
  port: "22",
  username: "",
  authentication: "key",
  password: "",
  private_key: "",
  passphrase: "",
  keep_alive: "",
  host_key: "",
  host_key_at: "",
};

export function tunnelFormOf(tunnel: TunnelDefinition | null | undefined): TunnelForm {
  if (tunnel == null) return emptyTunnel;
  const form: TunnelForm = {
    ...emptyTunnel,
    on: true,
    host: tunnel.host,
    port: String(tunnel.port ?? 22),
    username: tunnel.username,
    authentication: tunnel.authentication,
    keep_alive: tunnel.keep_alive_seconds == null ? "" : String(tunnel.keep_alive_seconds),
  };
  return tunnel.host_key == null ? form : withHostKey(form, tunnel.host_key);
}

/** The form with a host key that the person has confirmed; an empty one forgets what was. */
export function withHostKey(form: TunnelForm, key: string): TunnelForm {
  return { ...form, host_key: key, host_key_at: key === "" ? "" : placeOf(form) };
}

/** The confirmed key of the SSH server that the form names; empty when there is none. */
export function hostKeyOf(form: TunnelForm): string {
  return form.host_key_at === placeOf(form) ? form.host_key : "";
}

function placeOf({ host, port }: TunnelForm): string {
  return `${host.trim()} ${Number(port)}`;
}

/** What the form says, with the secrets that were typed. */
export function tunnelOf(form: TunnelForm): TunnelDefinition | null {
  if (!form.on) return null;
  const key = hostKeyOf(form);
  return {
    host: form.host.trim(),
    port: Number(form.port),
    username: form.username.trim(),
    authentication: form.authentication,
    ...secretsOf(form),
    ...(key === "" ? {} : { host_key: key }),
    ...(form.keep_alive.trim() === "" ? {} : { keep_alive_seconds: Number(form.keep_alive) }),
  };
}

/** The same as a change of a server: what is empty now is removed, but for secrets. */
export function tunnelChangeOf(form: TunnelForm): TunnelChange | null {
  const tunnel = tunnelOf(form);
  return tunnel && { host_key: "", keep_alive_seconds: 0, ...tunnel };
}

function secretsOf(form: TunnelForm): Pick<TunnelDefinition, "password" | "private_key" | "passphrase"> {
  if (form.authentication === "agent") return {};
  if (form.authentication === "password") return form.password === "" ? {} : { password: form.password };
  const key = form.private_key.trim();
  return {
    ...(key === "" ? {} : { private_key: `${key}\n` }),
    ...(form.passphrase === "" ? {} : { passphrase: form.passphrase }),
  };
}

/** What is missing or wrong, under the API's paths; `keeps` says which secrets the server has. */
export function tunnelErrors(form: TunnelForm, keeps: (path: string) => boolean): Record<string, string> {
  const errors: Record<string, string> = {};
  if (!form.on) return errors;
  const key = form.private_key.trim();
  if (form.host.trim() === "") errors["tunnel.host"] = "The SSH server's name or address.";
  else if (/\s/.test(form.host.trim())) errors["tunnel.host"] = "A host has no spaces.";
  if (!/^\d{1,5}$/.test(form.port.trim()) || Number(form.port) < 1 || Number(form.port) > 65_535)
    errors["tunnel.port"] = "A port is a number from 1 to 65535.";
  if (form.username.trim() === "") errors["tunnel.username"] = "The user to log in as on the SSH server.";
  if (form.authentication === "key" && key === "") {
    if (!keeps("tunnel.private_key")) errors["tunnel.private_key"] = "The text of a private key.";
  } else if (form.authentication === "key" && !/PRIVATE KEY-----|^PuTTY-User-Key-File/.test(key)) {
    errors["tunnel.private_key"] =
      "The text of a private key, which begins with -----BEGIN or PuTTY-User-Key-File.";
  }
  const alive = form.keep_alive.trim();
  if (alive !== "" && (!/^\d{1,5}$/.test(alive) || Number(alive) > 86_400))
    errors["tunnel.keep_alive_seconds"] = "Seconds, from 0 to 86400.";
  return errors;
}
