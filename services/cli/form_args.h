// Options for the forms of a post that platforms have beside text and media. Pure.
#pragma once

#include <string>
#include <vector>

#include "carillon/publisher/v1/delivery.pb.h"
#include "common/base/status.h"

namespace CLI {
class App;
}

namespace carillon::cli {

struct FormArgs {
  std::string visibility, content_warning, quote;
  std::vector<std::string> content_labels, poll_options, who_may_reply;
  std::string poll_duration;
  bool poll_multiple = false, poll_hide_totals = false;
  // Of a post that is there already.
  std::vector<std::string> removed;

  bool given() const;
};

void AddFormOptions(CLI::App* verb, FormArgs& args);
void AddRemoveOption(CLI::App* verb, FormArgs& args);

// Puts what was given over what `content` has; a poll replaces a poll.
Status FillForms(const FormArgs& args, publisher::v1::Content& content);

}  // namespace carillon::cli
