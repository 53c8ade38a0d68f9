#include "services/cli/post_args.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "common/base/clock.h"
#include "services/cli/files.h"
#include "services/cli/time_args.h"
#include "services/cli/upload.h"

namespace carillon::cli {

void AddContentOptions(CLI::App* verb, ContentArgs& args) {
  auto* text = verb->add_option("--text", args.text, "The text");
  verb->add_option("--text-file", args.text_file,
                   "File with the text, - is standard input; one newline at its end is cut")
      ->excludes(text);
  verb->add_option("--link", args.link, "A link, put after the text");
  verb->add_option("--language", args.language, "BCP 47, like en or pt-BR");
  auto* media = verb->add_option("--media", args.media, "A media file, may be given again; after --then it is of that part")
                    ->take_all()
                    ->allow_extra_args(false);
  verb->add_option("--alt", args.alts, "Alt text, for each --media in order")->take_all()->allow_extra_args(false);
  auto* then =
      verb->add_option("--then", args.thread, "The next part of a thread, may be given again")->take_all()->allow_extra_args(false);
  verb->add_option("--first-comment", args.first_comment, "A comment under the post, published after it");
  AddFormOptions(verb, args.forms);
  verb->parse_complete_callback([verb, media, then, &args] {
    int parts = 0;
    for (const CLI::Option* given : verb->parse_order()) {
      if (given == then) ++parts;
      if (given == media) args.media_parts.push_back(parts);
    }
  });
}

bool ContentArgs::given() const {
  return !text.empty() || !text_file.empty() || !link.empty() || !language.empty() || !media.empty() || !thread.empty() ||
         !first_comment.empty() || forms.given();
}

Status FillText(Session& session, const ContentArgs& args, publisher::v1::Content& content) {
  if (!args.text.empty()) content.set_text(args.text);
  if (!args.text_file.empty()) {
    ASSIGN_OR_RETURN(std::string text, ReadText(args.text_file, session.in, kTextBytesMax));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    content.set_text(text);
  }
  if (!args.link.empty()) content.set_link(args.link);
  if (!args.language.empty()) content.set_language(args.language);
  if (!args.thread.empty()) content.clear_thread();
  for (const std::string& text : args.thread) content.add_thread()->set_text(text);
  if (!args.first_comment.empty()) content.mutable_first_comment()->set_text(args.first_comment);
  return FillForms(args.forms, content);
}

Status FillMedia(Session& session, const ContentArgs& args, publisher::v1::Content& content) {
  ASSIGN_OR_RETURN(auto media, UploadAll(session, args.media, args.alts));
  if (args.media_parts.size() != media.size()) return MakeStatus(Code::kInternal, "each --media is of a part");
  // Those of the parts that follow are new with their text.
  if (std::find(args.media_parts.begin(), args.media_parts.end(), 0) != args.media_parts.end()) content.clear_media();
  for (size_t i = 0; i < media.size(); ++i) {
    const int part = args.media_parts[i];
    *(part == 0 ? content.add_media() : content.mutable_thread(part - 1)->add_media()) = std::move(media[i]);
  }
  return Ok();
}

void AddWhenOptions(CLI::App* verb, WhenArgs& args) {
  auto* at = verb->add_option("--at", args.at, "When, RFC 3339");
  verb->add_option("--at-local", args.at_local, "When, \"YYYY-MM-DD HH:MM\" in --zone")
      ->excludes(at);
  verb->add_option("--zone", args.zone, "IANA time zone (default: the brand's)");
}

Result<When> ResolveWhen(Session& session, const WhenArgs& args, const std::string& default_zone) {
  When when;
  when.zone = args.zone.empty() ? default_zone : args.zone;
  if (!args.at_local.empty()) {
    ASSIGN_OR_RETURN(const LocalTime local, ResolveLocal(args.at_local, when.zone));
    if (!local.note.empty()) session.Note(local.note);
    when.due_at = ToProto(local.at);
    when.local_time = local.local;
  } else {
    ASSIGN_OR_RETURN(const absl::Time at, ParseInstant(args.at));
    RETURN_IF_ERROR(ParseZone(when.zone).status());
    when.due_at = ToProto(at);
  }
  return when;
}

}  // namespace carillon::cli
