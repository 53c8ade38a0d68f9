// What a request gives to libcurl: its headers, and its body from memory or from files. Inside of this library.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "common/http/client.h"
#include "common/http/file_source.h"

namespace carillon::http {

// What an easy handle points to while it works.
struct Attachments {
  curl_slist* headers = nullptr;
  curl_mime* mime = nullptr;
  std::string form;
  std::vector<std::unique_ptr<FileSource>> files;
  Attachments() = default;
  Attachments(const Attachments&) = delete;
  Attachments& operator=(const Attachments&) = delete;
  ~Attachments() {
    curl_slist_free_all(headers);
    curl_mime_free(mime);
  }
};

// INVALID_ARGUMENT with BAD_HEADER.
Status AddHeaders(const HttpRequest& request, Attachments* attachments);
// Sets method and body. FAILED_PRECONDITION with UNREADABLE_FILE.
Status AddBody(CURL* curl, const HttpRequest& request, Attachments* attachments);

}  // namespace carillon::http
