import { CircleHelp, FolderHeart, History, PanelLeft, Search } from "lucide-react";
import { openList } from "~/pages/history/historyState";
import { IconButton } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { Kbd } from "~/ui/Kbd";
import { Logo } from "~/ui/Logo";
import { AccountMenu } from "./AccountMenu";
import { showShortcuts } from "./editorSettingsState";
import { toggleExplorer, useLayout } from "./layout";
import { openPalette } from "./palette/paletteState";
import { useSection } from "./place";
import styles from "./Topbar.module.css";

export function Topbar() {
  const explorerOpen = useLayout((state) => state.explorerOpen);
  const administers = useSection() !== null;
  return (
    <header className={styles.topbar} data-region="topbar">
      <div className={styles.start}>
        <IconButton
          icon={PanelLeft}
          label={explorerOpen ? "Hide explorer" : "Show explorer"}
          keys="Mod+B"
          aria-expanded={explorerOpen}
          disabled={administers}
          title={administers ? "The explorer is behind the administration" : undefined}
          onClick={toggleExplorer}
        />
        <span className={styles.brand}>
          <span className={styles.logo}>
            <Logo />
          </span>
          Howdah
        </span>
      </div>
      <button type="button" className={styles.jump} onClick={() => openPalette()}>
        <Icon of={Search} />
        <span className={styles.jumpText}>Go to object or command</span>
        <Kbd keys="Mod+K" />
      </button>
      <div className={styles.end}>
        <IconButton
          icon={History}
          label="History"
          keys="Alt+Shift+H"
          onClick={() => openList({ kind: "history" })}
        />
        <IconButton
          icon={FolderHeart}
          label="Saved queries"
          keys="Alt+Q"
          onClick={() => openList({ kind: "queries" })}
        />
        <IconButton icon={CircleHelp} label="Keyboard shortcuts" keys="Alt+K" onClick={showShortcuts} />
        <AccountMenu />
      </div>
    </header>
  );
}
