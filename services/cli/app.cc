#include "services/cli/app.h"

#include <CLI/CLI.hpp>

#include "services/cli/session.h"

namespace carillon::cli {
namespace {

constexpr char kFooter[] =
    "Exit codes: 0 done, 1 refused (nothing was changed), 2 wrong usage or a local problem,\n"
    "3 outcome unknown: try again with the same --request-id.\n"
    "A noun's verbs: carillon NOUN --help. A verb's options and an example: carillon NOUN VERB --help.";

void AddGlobals(CLI::App& app, Globals& globals) {
  app.add_flag("--json", globals.json, "Print JSON");
  app.add_option("--request-id", globals.request_id,
                 "Id of this write; the same id again is the same write (default: made up)")
      ->check([](const std::string& id) {
        return id.empty() || id.size() > 128 ? std::string("must have 1 to 128 characters")
                                             : std::string();
      });
  app.add_option("--timeout", globals.timeout_s, "Seconds that each call may take")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  app.add_option("--org", globals.org, "Organization id (default: $CARILLON_ORG, or the local one)");
  app.add_option("--endpoints", globals.endpoints,
                 "Where the services are (default: $CARILLON_ENDPOINTS, build/local/endpoints.json)");
}

}  // namespace

CLI::App* Verbs::Noun(const std::string& name, const std::string& help) const {
  CLI::App* noun = app.add_subcommand(name, help);
  noun->require_subcommand(1);
  return noun;
}

CLI::App* Verbs::Verb(CLI::App* noun, const std::string& name, const std::string& help,
                      const std::string& example) const {
  CLI::App* verb = noun->add_subcommand(name, help);
  verb->footer("Example:\n  carillon " + example);
  return verb;
}

void Verbs::Does(CLI::App* verb, std::function<Status()> run) const {
  verb->callback([&chosen = action, run = std::move(run)] { chosen = run; });
}

int Run(std::vector<std::string> arguments, std::istream& in, std::ostream& out,
        std::ostream& err) {
  Session session(in, out, err);
  std::function<Status()> action;
  CLI::App app("Carillon: plan, schedule, publish, listen and measure, from the command line",
               "carillon");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(kFooter);
  AddGlobals(app, session.globals);
  const Verbs verbs{app, session, action};
  for (auto* add : {&AddOrg, &AddBrand, &AddAudience, &AddAccount, &AddAppNoun, &AddCampaign, &AddGoal, &AddPost,
                    &AddImport, &AddKillSwitch, &AddCalendar, &AddInbox, &AddCollection, &AddListen, &AddPlatform, &AddProfile,
                    &AddReport, &AddDeadLetter, &AddVault, &AddStatus}) {
    add(verbs);
  }
  try {
    std::reverse(arguments.begin(), arguments.end());
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, out, err);
    // CLI11 says only that a verb is missing.
    const auto unknown = code == 0 ? std::vector<std::string>() : app.remaining(/*recurse=*/true);
    if (!unknown.empty()) session.Note(fmt::format("'{}' is not known here", unknown.front()));
    return code == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  const Status status = action();
  if (!status.ok()) session.Note(Explain(status, session.UsedRequestId()));
  out.flush();
  return static_cast<int>(ExitCodeOf(status));
}

}  // namespace carillon::cli
