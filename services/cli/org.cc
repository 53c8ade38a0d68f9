#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {

void AddOrg(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("org", "Organizations");
  Session* s = &verbs.session;

  struct Options {
    std::string name;
  };
  auto create = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "create", "Create an organization", "org create \"Acme Group\"");
  verb->add_option("name", create->name, "Its name")->required();
  verbs.Does(verb, [s, create]() -> Status {
    strategy::v1::CreateOrganizationRequest request;
    request.set_request_id(s->RequestId());
    request.set_name(create->name);
    ASSIGN_OR_RETURN(const auto response,
                     s->Call(s->strategy(), &Strategy::CreateOrganization, request));
    s->Show(response.organization());
    return Ok();
  });

  auto get = std::make_shared<Options>();
  verb = verbs.Verb(noun, "get", "Show an organization (default: the one in use)", "org get");
  verb->add_option("id", get->name, "Its id");
  verbs.Does(verb, [s, get]() -> Status {
    strategy::v1::GetOrganizationRequest request;
    request.set_id(get->name);
    if (get->name.empty()) {
      ASSIGN_OR_RETURN(*request.mutable_id(), OrgId(*s));
    }
    ASSIGN_OR_RETURN(const auto response,
                     s->Call(s->strategy(), &Strategy::GetOrganization, request));
    s->Show(response.organization());
    return Ok();
  });
}

}  // namespace carillon::cli
