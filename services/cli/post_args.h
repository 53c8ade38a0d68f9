// Options that several verbs on posts share: content, and when. Reads files and standard input, uploads media.
#pragma once

#include <string>
#include <vector>

#include "services/cli/form_args.h"
#include "services/cli/session.h"

namespace CLI {
class App;
}

namespace carillon::cli {

struct ContentArgs {
  std::string text, text_file, link, language;
  std::vector<std::string> media, alts;
  // What follows the post; and for each of `media` how many --then came before it: 0 is the post itself, n the n-th of `thread`.
  std::vector<std::string> thread;
  std::vector<int> media_parts;
  std::string first_comment;
  FormArgs forms;

  bool given() const;
};

void AddContentOptions(CLI::App* verb, ContentArgs& args);

// Both put what was given over what `content` has. Text, link, language, what follows and the forms, from here alone:
Status FillText(Session& session, const ContentArgs& args, publisher::v1::Content& content);
// and, after it, --media, which are uploaded and replace all media of the part that they stand after.
Status FillMedia(Session& session, const ContentArgs& args, publisher::v1::Content& content);

struct WhenArgs {
  std::string at, at_local, zone;
  bool given() const { return !at.empty() || !at_local.empty(); }
};

void AddWhenOptions(CLI::App* verb, WhenArgs& args);

struct When {
  google::protobuf::Timestamp due_at;
  std::string zone, local_time;
};

// `default_zone` (the brand's) where --zone is not given. A note goes to standard error where a local time comes twice.
Result<When> ResolveWhen(Session& session, const WhenArgs& args, const std::string& default_zone);

}  // namespace carillon::cli
