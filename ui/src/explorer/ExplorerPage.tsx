/** The explorer: where the money went, by any group, down to the line of the bill. */
import { Content, Flex, FlexItem, PageSection, Title, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import type { JSX } from "react";
import { useEffect } from "react";
import type { Bounds } from "./dates";
import { todayUtc } from "./dates";
import { Explorer } from "./Explorer";
import { Loading, NoDeliveries, Problem } from "./States";
import type { Provider } from "./state";
import { PROVIDERS, switchProvider } from "./state";
import { useExplorerState, useTerms } from "./useExplorer";

const NAMES: Readonly<Record<Provider, string>> = { all: "All providers", aws: "AWS" };

interface ProviderSwitchProps {
  readonly provider: Provider;
  readonly onChoose: (provider: Provider) => void;
}

function ProviderSwitch({ provider, onChoose }: ProviderSwitchProps): JSX.Element {
  return (
    <ToggleGroup aria-label="Provider">
      {PROVIDERS.map((key) => (
        <ToggleGroupItem key={key} text={NAMES[key]} isSelected={key === provider} onChange={() => onChoose(key)} />
      ))}
    </ToggleGroup>
  );
}

export function ExplorerPage(): JSX.Element {
  const [state, go] = useExplorerState();
  const terms = useTerms(state.provider);
  useEffect(() => {
    document.title = "Explorer · Tallystick";
  }, []);
  const header = (
    <PageSection className="ts-header">
      <Flex justifyContent={{ default: "justifyContentSpaceBetween" }} alignItems={{ default: "alignItemsCenter" }}>
        <FlexItem>
          <Title headingLevel="h1" size="2xl">
            Explorer
          </Title>
          <Content component="p" className="ts-subtle">
            Where the money went, exact to the last digit
          </Content>
        </FlexItem>
        <FlexItem>
          <ProviderSwitch provider={state.provider} onChoose={(provider) => go(switchProvider(state, provider))} />
        </FlexItem>
      </Flex>
    </PageSection>
  );
  if (terms.data && terms.data.last_day !== null) {
    const bounds: Bounds = { today: todayUtc(), firstDay: terms.data.first_day, lastDay: terms.data.last_day };
    return <Explorer state={state} go={go} terms={terms.data} bounds={bounds} header={header} />;
  }
  return (
    <>
      {header}
      <PageSection isFilled>
        {terms.isPending && <Loading />}
        {terms.isError && (
          <Problem
            title="The server could not say what there is"
            error={terms.error}
            onRetry={() => void terms.refetch()}
          />
        )}
        {terms.data && <NoDeliveries what={state.provider === "aws" ? "AWS bill" : "bill"} />}
      </PageSection>
    </>
  );
}
