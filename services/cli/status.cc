#include <CLI/CLI.hpp>

#include <chrono>
#include <future>
#include <thread>

#include "common/base/clock.h"
#include "services/cli/app.h"
#include "services/cli/health.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

constexpr auto kAskTimeout = absl::Seconds(2);
constexpr auto kAskAgain = std::chrono::milliseconds(200);
constexpr char kServing[] = "SERVING";

struct Row {
  std::string name, address, serving, flowing;
};

Row AskService(const std::string& name, const std::string& address,
               const std::shared_ptr<grpc::Channel>& channel) {
  auto flow = std::async(std::launch::async,
                         [&] { return CheckHealth(channel, "carillon.flow", kAskTimeout); });
  Row row{name, address, CheckHealth(channel, "", kAskTimeout), ""};
  row.flowing = flow.get();
  return row;
}

// All at once: a service that hangs costs its own time only.
Result<std::vector<Row>> AskAll(Session& s) {
  ASSIGN_OR_RETURN(const Endpoints* endpoints, s.OpenEndpoints());
  std::vector<std::future<Row>> asked;
  for (const std::string& name : kServices) {
    ASSIGN_OR_RETURN(auto channel, s.Channel(name));
    asked.push_back(std::async(std::launch::async, AskService, name, endpoints->addresses.at(name),
                               std::move(channel)));
  }
  std::vector<Row> rows;
  for (auto& row : asked) rows.push_back(row.get());
  for (const char* name : {"gateway", "sandbox"}) {
    const auto found = endpoints->addresses.find(name);
    if (found == endpoints->addresses.end()) continue;
    const bool up = AcceptsConnections(found->second, kAskTimeout);
    const std::string text = up ? kServing : "UNREACHABLE";
    rows.push_back({name, found->second, text, text});
  }
  return rows;
}

std::string NotWell(const std::vector<Row>& rows) {
  std::string names;
  for (const Row& row : rows) {
    if (row.serving == kServing && row.flowing == kServing) continue;
    names += (names.empty() ? "" : ", ") + row.name +
             (row.serving == kServing ? " (serves, but work does not flow)" : " (" + row.serving + ")");
  }
  return names;
}

// The approved post that has waited longest for its time; absent if there is none.
Result<std::optional<absl::Time>> OldestDue(Session& s) {
  scheduler::v1::ListPostsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(s));
  request.set_state(scheduler::v1::POST_STATE_SCHEDULED);
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.scheduler(), &Scheduler::ListPosts, request));
  if (response.posts().empty()) return std::nullopt;
  return FromProto(response.posts(0).draft().due_at());
}

Json DueJson(Session& s, bool scheduler_serves) {
  if (!scheduler_serves) return nullptr;
  const auto oldest = OldestDue(s);
  if (!oldest.ok() || !*oldest) return nullptr;
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", **oldest, absl::UTCTimeZone());
}

Status ShowStatus(Session& s, int wait_s) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(wait_s);
  std::vector<Row> rows;
  while (true) {
    ASSIGN_OR_RETURN(rows, AskAll(s));
    if (NotWell(rows).empty() || std::chrono::steady_clock::now() >= end) break;
    std::this_thread::sleep_for(kAskAgain);
  }
  std::vector<Json> services;
  bool scheduler_serves = false;
  for (const Row& row : rows) {
    services.push_back({{"name", row.name},
                        {"address", row.address},
                        {"serving", row.serving},
                        {"flowing", row.flowing}});
    scheduler_serves |= row.name == "scheduler" && row.serving == kServing;
  }
  const std::string not_well = NotWell(rows);
  const Json oldest = DueJson(s, scheduler_serves);
  if (s.globals.json) {
    s.Show(Json{{"ok", not_well.empty()}, {"services", services}, {"oldest_due", oldest}});
  } else {
    PrintTable(s.out, services, {{"SERVICE", "name"},
                                 {"SERVING", "serving"},
                                 {"FLOWING", "flowing"},
                                 {"ADDRESS", "address"}});
    s.out << "oldest due: " << (oldest.is_null() ? "none" : oldest.get<std::string>()) << "\n";
  }
  if (not_well.empty()) return Ok();
  return Failed("NOT_SERVING", fmt::format("not well: {}; see ./deploy/local logs SERVICE", not_well));
}

}  // namespace

void AddStatus(const Verbs& verbs) {
  Session* s = &verbs.session;
  auto wait_s = std::make_shared<int>(0);
  CLI::App* verb = verbs.Verb(&verbs.app, "status", "Whether everything serves and work flows",
                              "status --wait 60");
  verb->add_option("--wait", *wait_s, "Wait up to so many seconds until it does")
      ->check(CLI::Range(0, 3600));
  verbs.Does(verb, [s, wait_s] { return ShowStatus(*s, *wait_s); });
}

}  // namespace carillon::cli
