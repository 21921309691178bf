import type { components, operations } from "./generated";

type Schemas = components["schemas"];

export type AdministrationSummary = Schemas["AdministrationSummary"];
export type AllSessionList = Schemas["AllSessionList"];
export type AuditEvent = Schemas["AuditEvent"];
export type AuditList = Schemas["AuditList"];
export type AuditQuery = Omit<
  NonNullable<operations["list_audit_events"]["parameters"]["query"]>,
  "limit" | "cursor"
>;
export type ClientMessage = Schemas["ClientMessage"];
export type ColumnList = Schemas["ColumnList"];
export type CompletionObjects = Schemas["CompletionObjects"];
export type CompletionSchemaList = Schemas["CompletionSchemaList"];
export type Connected = Schemas["Connected"];
export type ConnectRequest = Schemas["ConnectRequest"];
export type ConnectionStep = Schemas["ConnectionStep"];
export type ConnectionTest = Schemas["ConnectionTest"];
export type ConnectionTestReport = Schemas["ConnectionTestReport"];
export type CredentialChoices = Schemas["CredentialChoices"];
export type CredentialDefinition = Schemas["CredentialDefinition"];
export type CredentialStatus = Schemas["CredentialStatus"];
export type Database = Schemas["Database"];
export type DatabaseError = Schemas["DatabaseError"];
export type DatabaseList = Schemas["DatabaseList"];
export type DdlForm = Schemas["DdlForm"];
export type DdlScript = Schemas["DdlScript"];
export type Environment = Schemas["Environment"];
export type ExportRequest = Schemas["ExportRequest"];
export type IdentityName = Schemas["IdentityName"];
export type ListedPerson = Schemas["ListedPerson"];
export type ListedSession = Schemas["ListedSession"];
export type ListedObject = Schemas["ListedObject"];
export type MasterPasswordState = Schemas["MasterPasswordState"];
export type Me = Schemas["Me"];
export type NewPerson = Schemas["NewPerson"];
export type ObjectCount = Schemas["ObjectCount"];
export type ObjectCounts = Schemas["ObjectCounts"];
export type ObjectList = Schemas["ObjectList"];
export type ObjectPlace = operations["object_counts"]["parameters"]["query"]["within"];
export type OpenConnection = Schemas["OpenConnection"];
export type OpenConnectionList = Schemas["OpenConnectionList"];
export type OwnSession = Schemas["OwnSession"];
export type PeopleList = Schemas["PeopleList"];
export type PeopleQuery = Omit<
  NonNullable<operations["list_people"]["parameters"]["query"]>,
  "limit" | "cursor"
>;
export type Person = Schemas["Person"];
export type PersonChange = Schemas["PersonChange"];
export type PersonIdentity = Schemas["PersonIdentity"];
export type Problem = Schemas["Problem"];
export type Prompt = Schemas["Prompt"];
export type ProviderHealth = Schemas["ProviderHealth"];
export type ProviderStatus = Schemas["ProviderStatus"];
export type RefusedSignIn = Schemas["RefusedSignIn"];
export type RefusedSignInList = Schemas["RefusedSignInList"];
export type RemovedPerson = Schemas["RemovedPerson"];
export type ResultColumn = Schemas["ResultColumn"];
export type Role = Schemas["Role"];
export type SavedPassword = Schemas["SavedPassword"];
export type SecretsState = Schemas["SecretsState"];
export type RunOutcome = Schemas["RunOutcome"];
export type Schema = Schemas["Schema"];
export type SchemaList = Schemas["SchemaList"];
export type Server = Schemas["Server"];
export type ServerChange = Schemas["ServerChange"];
export type ServerDefinition = Schemas["ServerDefinition"];
export type ServerList = Schemas["ServerList"];
export type ServerMessage = Schemas["ServerMessage"];
export type SettingConflict = Schemas["SettingConflict"];
export type SettingName = Schemas["SettingName"];
export type SharedServer = Schemas["SharedServer"];
export type SharedServerList = Schemas["SharedServerList"];
export type ShownHostKey = Schemas["ShownHostKey"];
export type StatementRange = Schemas["StatementRange"];
export type StepReport = Schemas["StepReport"];
export type StoredSetting = Schemas["StoredSetting"];
export type StoredTab = Schemas["StoredTab"];
export type TabChange = Schemas["TabChange"];
export type TabConflict = Schemas["TabConflict"];
export type TransactionState = Schemas["TransactionState"];
export type TunnelChange = Schemas["TunnelChange"];
export type TunnelDefinition = Schemas["TunnelDefinition"];
export type TypeList = Schemas["TypeList"];
export type TypeName = Schemas["TypeName"];
export type Workspace = Schemas["Workspace"];
