#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {

void AddBrand(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("brand", "Brands");
  Session* s = &verbs.session;

  struct Options {
    std::string name, timezone;
  };
  auto create = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "create", "Create a brand",
                              "brand create \"Lumen Skin\" --timezone Europe/Paris");
  verb->add_option("name", create->name, "Its name, unique in the organization")->required();
  verb->add_option("--timezone", create->timezone, "IANA time zone")->required();
  verbs.Does(verb, [s, create]() -> Status {
    strategy::v1::CreateBrandRequest request;
    ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(*s));
    request.set_request_id(s->RequestId());
    request.set_name(create->name);
    request.set_timezone(create->timezone);
    ASSIGN_OR_RETURN(const auto response, s->Call(s->strategy(), &Strategy::CreateBrand, request));
    s->Show(response.brand());
    return Ok();
  });

  verb = verbs.Verb(noun, "list", "List all brands", "brand list");
  verbs.Does(verb, [s]() -> Status {
    strategy::v1::ListBrandsRequest request;
    ASSIGN_OR_RETURN(*request.mutable_org_id(), OrgId(*s));
    ASSIGN_OR_RETURN(const auto brands, s->CallPages(s->strategy(), &Strategy::ListBrands, request,
                                                     &strategy::v1::ListBrandsResponse::brands));
    s->ShowRows(brands, {{"ID", "id"}, {"NAME", "name"}, {"TIME ZONE", "timezone"}});
    return Ok();
  });

  auto get = std::make_shared<Options>();
  verb = verbs.Verb(noun, "get", "Show a brand", "brand get \"Lumen Skin\"");
  verb->add_option("brand", get->name, "Name or id")->required();
  verbs.Does(verb, [s, get]() -> Status {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(*s, get->name));
    s->Show(brand);
    return Ok();
  });
}

}  // namespace carillon::cli
