#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {

void AddAudience(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("audience", "Audiences: whom a brand speaks to");
  Session* s = &verbs.session;

  struct Options {
    std::string name, brand, description;
    std::vector<std::string> languages, countries, interests;
  };
  auto create = std::make_shared<Options>();
  CLI::App* verb =
      verbs.Verb(noun, "create", "Create an audience",
                 "audience create Runners --brand Trailkin --language en --country AU --interest trails");
  verb->add_option("name", create->name, "Its name")->required();
  verb->add_option("--brand", create->brand, "Brand, by name or id")->required();
  verb->add_option("--description", create->description, "Who they are");
  verb->add_option("--language", create->languages, "BCP 47, may be given again")->take_all()->allow_extra_args(false);
  verb->add_option("--country", create->countries, "ISO 3166-1 alpha-2, may be given again")
      ->take_all()->allow_extra_args(false);
  verb->add_option("--interest", create->interests, "May be given again")->take_all()->allow_extra_args(false);
  verbs.Does(verb, [s, create]() -> Status {
    strategy::v1::CreateAudienceRequest request;
    ASSIGN_OR_RETURN(const auto brand, FindBrand(*s, create->brand));
    request.set_request_id(s->RequestId());
    request.set_org_id(brand.org_id());
    request.set_brand_id(brand.id());
    request.set_name(create->name);
    request.set_description(create->description);
    for (const auto& value : create->languages) request.add_languages(value);
    for (const auto& value : create->countries) request.add_countries(value);
    for (const auto& value : create->interests) request.add_interests(value);
    ASSIGN_OR_RETURN(const auto response,
                     s->Call(s->strategy(), &Strategy::CreateAudience, request));
    s->Show(response.audience());
    return Ok();
  });

  auto list = std::make_shared<Options>();
  verb = verbs.Verb(noun, "list", "List audiences", "audience list --brand Trailkin");
  verb->add_option("--brand", list->brand, "Only this brand's");
  verbs.Does(verb, [s, list]() -> Status {
    strategy::v1::ListAudiencesRequest request;
    if (!list->brand.empty()) {
      ASSIGN_OR_RETURN(const auto brand, FindBrand(*s, list->brand));
      request.set_brand_id(brand.id());
    }
    ASSIGN_OR_RETURN(const auto rows,
                     s->CallPages(s->strategy(), &Strategy::ListAudiences, request,
                                  &strategy::v1::ListAudiencesResponse::audiences));
    s->ShowRows(rows, {{"ID", "id"},
                       {"NAME", "name"},
                       {"BRAND", "brand_id"},
                       {"LANGUAGES", "languages"},
                       {"COUNTRIES", "countries"}});
    return Ok();
  });
}

}  // namespace carillon::cli
