/** The shell around every page: masthead, navigation, and the page that the address names. */
import {
  Brand,
  Content,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSection,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import type { JSX } from "react";
import { Link, Route, Routes, useLocation } from "react-router";
import { ExplorerPage } from "../explorer/ExplorerPage";
import { FreshnessBadge } from "./FreshnessBadge";
import { ThemeContext, useThemeState } from "./theme";
import { ThemeToggle } from "./ThemeToggle";

const MAIN = "main-content";

/** Pages of the application: what stands in the navigation and at which path. */
const PAGES: readonly { readonly path: string; readonly title: string; readonly page: JSX.Element }[] = [
  { path: "/", title: "Explorer", page: <ExplorerPage /> },
];

function Header(): JSX.Element {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label="Navigation" />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" />}>
            <Brand src="/favicon.svg" alt="" heights={{ default: "28px" }} />
            <span className="ts-brand">Tallystick</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic aria-label="Data and display">
          <ToolbarContent>
            <ToolbarGroup align={{ default: "alignEnd" }} gap={{ default: "gapSm" }}>
              <ToolbarItem>
                <FreshnessBadge />
              </ToolbarItem>
              <ToolbarItem>
                <ThemeToggle />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

function Sidebar(): JSX.Element {
  const { pathname } = useLocation();
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          <NavList>
            {PAGES.map(({ path, title }) => (
              <NavItem key={path} itemId={path} isActive={pathname === path}>
                <Link to={path}>{title}</Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

function NotFound(): JSX.Element {
  return (
    <PageSection>
      <Content component="h1">No such page</Content>
      <Link to="/">To the explorer</Link>
    </PageSection>
  );
}

export function App(): JSX.Element {
  const theme = useThemeState();
  return (
    <ThemeContext value={theme}>
      <Page
        className="ts-page"
        masthead={<Header />}
        sidebar={<Sidebar />}
        isManagedSidebar
        mainContainerId={MAIN}
        mainAriaLabel="Page"
        skipToContent={<SkipToContent href={`#${MAIN}`}>Skip to content</SkipToContent>}
        isContentFilled
      >
        <Routes>
          {PAGES.map(({ path, page }) => (
            <Route key={path} path={path} element={page} />
          ))}
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Page>
    </ThemeContext>
  );
}
