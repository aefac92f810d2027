// Mounts the dashboard: the frame around every page, and the page that the address names.
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { catchLinks, routeOf, usePath, type Route } from "./router";
import { Frame } from "./parts/frame";
import { Overview } from "./pages/overview";
import { UploadPage } from "./pages/upload";
import { JobsPage } from "./pages/jobs";
import { JobView } from "./pages/job";
import { ReviewPage } from "./pages/review";
import { QueuesPage } from "./pages/queues";
import { WorkersPage } from "./pages/workers";
import { DeadPage } from "./pages/dead";
import { CreditsPage } from "./pages/credits";
import { keepSession } from "./api/key";
import { KeyGate } from "./parts/key-gate";
import { Notice } from "./parts/notice";
import "./style/tokens.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/pages.css";
import "./style/review.css";

const TITLES: Record<Route["page"], string> = { overview: "Overview", upload: "Upload", jobs: "Jobs", job: "Job", review: "Review", queues: "Queues", workers: "Workers", dead: "Dead letters", credits: "Credits", lost: "Not found" };

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "overview": return <Overview />;
    case "upload": return <UploadPage />;
    case "jobs": return <JobsPage />;
    case "job": return <JobView key={route.id} id={route.id} />;
    case "review": return <ReviewPage key={route.of} of={route.of} />;
    case "queues": return <QueuesPage />;
    case "workers": return <WorkersPage />;
    case "dead": return <DeadPage />;
    case "credits": return <CreditsPage />;
    case "lost": return <Notice tone="empty" title="There is no such page" action={<a href="/">Go to the overview</a>}>The address may be mistyped, or the job may have been deleted.</Notice>;
  }
}

function App() {
  const path = usePath();
  const route = routeOf(path);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${TITLES[route.page]} · Gristmill`;
    // After a change of page the keyboard and the screen reader start at its content, as after a real page load.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  return (
    <KeyGate>
      <Frame page={route.page}>
        <main id="content" tabIndex={-1} ref={main}><Page route={route} /></main>
      </Frame>
    </KeyGate>
  );
}

document.addEventListener("click", catchLinks);
const root = document.getElementById("app");
// The cookie first: the page that comes may show pictures at once.
if (root) void keepSession().then(() => render(<App />, root));
