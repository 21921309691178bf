import "./styles/tokens.css";
import "dockview-react/dist/styles/dockview.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { shareNonce } from "./app/nonce";
import { Routes } from "./app/routes";

shareNonce();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Routes />
  </StrictMode>,
);
