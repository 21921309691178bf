import { ChevronDown, ChevronRight, Info, KeyRound } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Checkbox, Input, Select } from "~/ui/Input";
import { spans } from "./FormField";
import { keepsSecret } from "./form";
import { SecretField } from "./SecretField";
import styles from "./ServerDialog.module.css";
import { hostKeyOf, type TunnelForm, withHostKey } from "./tunnelForm";
import { useCredentialChoices, useSecretsBar } from "./useCredentialChoices";
import type { ServerEdit } from "./useServerForm";

const ways: readonly TunnelForm["authentication"][] = ["key", "password", "agent"];

/** An SSH server in front of PostgreSQL. */
export function TunnelFields({ edit }: { edit: ServerEdit }) {
  const { tunnel } = edit.form;
  const bar = useSecretsBar();
  const { ssh_agent_allowed: agent } = useCredentialChoices();
  const set = (fields: Partial<TunnelForm>) => edit.set({ tunnel: { ...tunnel, ...fields } });
  const secret = (field: "password" | "private_key" | "passphrase") => ({
    error: edit.errorOf(`tunnel.${field}`),
    kept: keepsSecret(edit.form, `tunnel.${field}`),
    bar,
    value: tunnel[field],
    onChange: (typed: string) => set({ [field]: typed }),
    onLeave: () => edit.leave(`tunnel.${field}`),
  });

  return (
    <div className={styles.group} role="group" aria-label="SSH tunnel">
      <div className={styles.span6}>
        <Checkbox
          label="Connect through an SSH tunnel"
          checked={tunnel.on}
          onChange={(event) => set({ on: event.target.checked })}
        />
      </div>
      {tunnel.on && (
        <>
          <TunnelText
            edit={edit}
            field="host"
            label="SSH host"
            span={3}
            hint="The host above is then what this one calls it."
          />
          <TunnelText edit={edit} field="port" label="SSH port" span={1} numeric />
          <TunnelText edit={edit} field="username" label="SSH user" span={2} />
          <Field label="Log in to it with" className={spans[3]} error={edit.errorOf("tunnel.authentication")}>
            {(control) => (
              <Select
                {...control}
                value={tunnel.authentication}
                onChange={(event) =>
                  set({ authentication: ways.find((way) => way === event.target.value) ?? "key" })
                }
              >
                <option value="key">Private key</option>
                <option value="password">Password</option>
                {(agent || tunnel.authentication === "agent") && (
                  <option value="agent">Your SSH agent</option>
                )}
              </Select>
            )}
          </Field>
          {tunnel.authentication === "password" && (
            <SecretField
              {...secret("password")}
              label="SSH password"
              hint="Empty: asked for at connect."
              className={spans[3]}
              lines={false}
            />
          )}
          {tunnel.authentication === "key" && (
            <>
              <SecretField
                {...secret("passphrase")}
                label="Passphrase of the key"
                hint="Empty: asked for at connect, if the key has one."
                className={spans[3]}
                lines={false}
                // The passphrase of one key is not that of another.
                kept={secret("passphrase").kept && tunnel.private_key.trim() === ""}
              />
              <SecretField
                {...secret("private_key")}
                label="Private key"
                hint="The key's text, in OpenSSH's format, PKCS #8 or PuTTY's."
                className={spans[6]}
                lines
                placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
              />
            </>
          )}
          <HostKey edit={edit} />
          <KeepAlive edit={edit} />
        </>
      )}
    </div>
  );
}

interface TunnelTextProps {
  edit: ServerEdit;
  field: "host" | "port" | "username" | "keep_alive";
  path?: string;
  label: string;
  hint?: ReactNode;
  span: 1 | 2 | 3;
  numeric?: boolean;
  placeholder?: string;
}

function TunnelText({
  edit,
  field,
  path = `tunnel.${field}`,
  label,
  hint,
  span,
  numeric = false,
  placeholder,
}: TunnelTextProps) {
  const { tunnel } = edit.form;
  return (
    <Field label={label} hint={hint} error={edit.errorOf(path)} className={spans[span]}>
      {(control) => (
        <Input
          {...control}
          mono
          {...(numeric ? { inputMode: "numeric" as const } : {})}
          placeholder={placeholder}
          value={tunnel[field]}
          onChange={(event) => edit.set({ tunnel: { ...tunnel, [field]: event.target.value } })}
          onBlur={() => edit.leave(path)}
        />
      )}
    </Field>
  );
}

/** The key that was confirmed, or how to come by one. */
function HostKey({ edit }: { edit: ServerEdit }) {
  const { tunnel } = edit.form;
  const key = hostKeyOf(tunnel);
  const error = edit.errorOf("tunnel.host_key") ?? edit.errorOf("tunnel");
  return (
    <>
      {key === "" ? (
        <p className={styles.note}>
          <Icon of={Info} size={14} />
          No host key is trusted yet. Test the connection: it shows the key of the SSH server, for you to
          compare.
        </p>
      ) : (
        <div className={styles.hostKey}>
          <Icon of={KeyRound} size={14} />
          <span>Trusted host key</span>
          <code title={key}>{key}</code>
          <Button
            size="sm"
            title="The next test shows which key the SSH server has now."
            onClick={() => edit.set({ tunnel: withHostKey(tunnel, "") })}
          >
            Forget key
          </Button>
        </div>
      )}
      {error !== undefined && (
        <p className={styles.refusal} role="alert">
          {error}
        </p>
      )}
    </>
  );
}

function KeepAlive({ edit }: { edit: ServerEdit }) {
  const path = "tunnel.keep_alive_seconds";
  const [unfolded, setUnfolded] = useState(edit.form.tunnel.keep_alive !== "");
  const open = unfolded || edit.errorOf(path) !== undefined;
  return (
    <>
      <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setUnfolded(!open)}>
        <Icon of={open ? ChevronDown : ChevronRight} size={14} />
        More: keep-alive
      </button>
      {open && (
        <TunnelText
          edit={edit}
          field="keep_alive"
          path={path}
          label="Keep-alive, in seconds"
          span={3}
          numeric
          placeholder="never"
          hint="After so long a silence the SSH server is asked for a sign of life."
        />
      )}
    </>
  );
}
