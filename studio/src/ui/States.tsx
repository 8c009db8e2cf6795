/** What a page shows when it has nothing to show yet, nothing at all, or an error. */

import { Button, Spinner } from "@fluentui/react-components";
import { DocumentErrorRegular } from "@fluentui/react-icons/svg/document-error";
import { LockClosedRegular } from "@fluentui/react-icons/svg/lock-closed";
import { SearchRegular } from "@fluentui/react-icons/svg/search";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isRouteErrorResponse, useNavigate, useRevalidator, useRouteError } from "react-router";
import { ApiError, ServerAway, sentence } from "../api/client";
import css from "./States.module.css";

export function Waiting({ label = "Loading" }: { label?: string }) {
  return (
    <div className={css.waiting}>
      <Spinner aria-label={label} />
    </div>
  );
}

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

export function Empty({ icon, title, children, actions }: EmptyProps) {
  return (
    <div className={`${css.state} ${css.empty}`}>
      {icon}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className={css.actions}>{actions}</div>}
    </div>
  );
}

/** The error of a route: a sentence, and what to do next. */
export function RouteError() {
  const error = useRouteError();
  const navigate = useNavigate();
  const { reset } = useQueryErrorResetBoundary();
  const { revalidate } = useRevalidator();
  const again = () => {
    reset();
    void navigate(location.pathname + location.search, { replace: true });
    void revalidate();
  };
  return (
    <div className={css.state} role="alert">
      {icon(error)}
      <h1>{title(error)}</h1>
      <p>{explanation(error)}</p>
      <div className={css.actions}>
        <Button appearance="primary" onClick={again}>
          Try again
        </Button>
        <Button onClick={() => void navigate("/")}>All workspaces</Button>
      </div>
    </div>
  );
}

/** An address that Studio does not know. */
export function NoSuchPage(): ReactNode {
  throw new ApiError(`there is no page at ${location.pathname}`, 404, "not_found");
}

function icon(error: unknown): ReactNode {
  if (!(error instanceof ApiError)) return <DocumentErrorRegular />;
  if (error.status === 404) return <SearchRegular />;
  return error.status === 403 ? <LockClosedRegular /> : <DocumentErrorRegular />;
}

function title(error: unknown): string {
  if (error instanceof ServerAway) return "The server is away";
  if (!(error instanceof ApiError)) return "This page has a fault";
  if (error.status === 404) return "Not found";
  if (error.status === 403) return "Not allowed";
  return error.status >= 500 ? "The server has a fault" : "That did not work";
}

function explanation(error: unknown): string {
  if (isRouteErrorResponse(error)) return `${error.status} ${error.statusText}`;
  if (error instanceof TypeError && /dynamically imported|module script/.test(error.message)) {
    return "A part of this page could not be loaded: the server was updated or is away. Reload the page.";
  }
  return sentence(error);
}
