#include "services/cli/form_args.h"

#include <CLI/CLI.hpp>

#include "services/cli/json.h"
#include "services/cli/outcome.h"
#include "services/cli/time_args.h"

namespace carillon::cli {
namespace {

using publisher::v1::Content;

constexpr char kGroup[] = "Where the platform offers it (carillon platform list)";
constexpr char kDefaultPollDuration[] = "1d";

void AddMany(CLI::App* verb, const std::string& name, std::vector<std::string>& to, const std::string& help) {
  verb->add_option(name, to, help)->take_all()->allow_extra_args(false)->group(kGroup);
}

Status FillVisibility(const std::string& given, Content& content) {
  if (given == "default") {
    content.clear_visibility();
    return Ok();
  }
  ASSIGN_OR_RETURN(const int visibility, ParseEnum(*publisher::v1::Visibility_descriptor(), given));
  content.set_visibility(static_cast<publisher::v1::Visibility>(visibility));
  return Ok();
}

Status FillPoll(const FormArgs& args, Content& content) {
  publisher::v1::Poll& poll = *content.mutable_poll();
  poll.Clear();
  if (args.poll_options.size() < 2) {
    return Local("a poll needs --poll-option twice or more often, once for each answer");
  }
  for (const std::string& option : args.poll_options) poll.add_options(option);
  ASSIGN_OR_RETURN(const absl::Duration duration,
                   ParseDuration(args.poll_duration.empty() ? kDefaultPollDuration : args.poll_duration));
  poll.set_duration_s(absl::ToInt64Seconds(duration));
  poll.set_multiple(args.poll_multiple);
  poll.set_hide_totals(args.poll_hide_totals);
  return Ok();
}

Status FillReplySettings(const std::vector<std::string>& given, Content& content) {
  publisher::v1::ReplySettings settings;
  for (const std::string& group : given) {
    if (group == "everyone" || group == "nobody") {
      if (given.size() > 1) return Local(fmt::format("--who-may-reply {} stands alone", group));
      if (group == "everyone") {
        content.clear_reply_settings();
        return Ok();
      }
      continue;
    }
    const auto parsed = ParseEnum(*publisher::v1::ReplyGroup_descriptor(), group);
    if (!parsed.ok()) return Local(Message(parsed.status()) + ", EVERYONE, NOBODY");
    settings.add_groups(static_cast<publisher::v1::ReplyGroup>(*parsed));
  }
  *content.mutable_reply_settings() = std::move(settings);
  return Ok();
}

Status Remove(const std::string& what, Content& content) {
  const std::string field = what == "poll"              ? "poll"
                            : what == "quote"           ? "quoted_remote_id"
                            : what == "content-warning" ? "content_warning"
                            : what == "content-label"   ? "content_labels"
                                                        : "";
  if (field.empty()) return Local(fmt::format("--remove takes poll, quote, content-warning or content-label, not '{}'", what));
  content.GetReflection()->ClearField(&content, Content::descriptor()->FindFieldByName(field));
  return Ok();
}

}  // namespace

bool FormArgs::given() const {
  return !visibility.empty() || !content_warning.empty() || !quote.empty() || !content_labels.empty() ||
         !poll_options.empty() || !who_may_reply.empty() || !removed.empty();
}

void AddFormOptions(CLI::App* verb, FormArgs& args) {
  verb->add_option("--visibility", args.visibility,
                   "public, unlisted, private (followers) or direct (whom the text mentions); default: as the account is set up")
      ->group(kGroup);
  verb->add_option("--content-warning", args.content_warning, "Shown in front of the post until a reader opens it")->group(kGroup);
  AddMany(verb, "--content-label", args.content_labels,
          "What it shows: sexual, nudity, porn or graphic-media; a content warning on Bluesky; may be given again");
  CLI::Option* option = verb->add_option("--poll-option", args.poll_options, "An answer of a poll, once for each; the text asks");
  option->take_all()->allow_extra_args(false)->group(kGroup);
  verb->add_option("--poll-duration", args.poll_duration, "How long it is open, like 30m, 6h or 3d (default: 1d)")
      ->needs(option)
      ->group(kGroup);
  verb->add_flag("--poll-multiple", args.poll_multiple, "Readers may choose several answers")->needs(option)->group(kGroup);
  verb->add_flag("--poll-hide-totals", args.poll_hide_totals, "Nobody sees the counts before its end")->needs(option)->group(kGroup);
  verb->add_option("--quote", args.quote, "The post that it quotes: its address on the web, or the platform's id of it")->group(kGroup);
  AddMany(verb, "--who-may-reply", args.who_may_reply,
          "everyone (default), nobody, mentioned, followers, following, subscribers or verified; may be given again");
}

void AddRemoveOption(CLI::App* verb, FormArgs& args) {
  AddMany(verb, "--remove", args.removed, "Take it from the post: poll, quote, content-warning or content-label; may be given again");
}

Status FillForms(const FormArgs& args, Content& content) {
  for (const std::string& what : args.removed) RETURN_IF_ERROR(Remove(what, content));
  if (!args.visibility.empty()) RETURN_IF_ERROR(FillVisibility(args.visibility, content));
  if (!args.content_warning.empty()) content.set_content_warning(args.content_warning);
  if (!args.content_labels.empty()) content.clear_content_labels();
  for (const std::string& label : args.content_labels) {
    ASSIGN_OR_RETURN(const int parsed, ParseEnum(*publisher::v1::ContentLabel_descriptor(), label));
    content.add_content_labels(static_cast<publisher::v1::ContentLabel>(parsed));
  }
  if (!args.poll_options.empty()) RETURN_IF_ERROR(FillPoll(args, content));
  if (!args.quote.empty()) content.set_quoted_remote_id(args.quote);
  if (!args.who_may_reply.empty()) RETURN_IF_ERROR(FillReplySettings(args.who_may_reply, content));
  return Ok();
}

}  // namespace carillon::cli
