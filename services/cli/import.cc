#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/session.h"

namespace carillon::cli {

void AddImport(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("import", "Imports of calendars");
  Session* s = &verbs.session;
  auto id = std::make_shared<std::string>();
  CLI::App* verb = verbs.Verb(noun, "get", "Show how an import stands", "import get imp_9ab...");
  verb->add_option("import", *id, "Its id")->required();
  verbs.Does(verb, [s, id]() -> Status {
    scheduler::v1::GetImportRequest request;
    request.set_id(*id);
    ASSIGN_OR_RETURN(const auto response, s->Call(s->scheduler(), &Scheduler::GetImport, request));
    s->Show(response.import());
    return Ok();
  });
}

}  // namespace carillon::cli
