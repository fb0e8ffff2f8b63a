#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>
#include <sys/socket.h>

// curl_easy_setopt and curl_easy_getinfo take any type, which Swift cannot call: one function for
// each type that is needed.

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *list);
CURLcode ccurl_set_url(CURL *handle, CURLU *url);

// Bytes that must stay where they are until the transfer is over.
CURLcode ccurl_set_body(CURL *handle, const void *bytes, curl_off_t count);
CURLcode ccurl_set_upload_size(CURL *handle, curl_off_t count);

// Only these schemes, whatever else the library was built with, e.g. "http,https".
CURLcode ccurl_set_schemes(CURL *handle, int is_mail);

// Where what comes in goes, with one context for all functions.
CURLcode ccurl_set_receivers(CURL *handle, curl_write_callback body, curl_write_callback header,
                             void *context);
CURLcode ccurl_set_reader(CURL *handle, curl_read_callback reader, void *context);
CURLcode ccurl_set_opener(CURL *handle, curl_opensocket_callback opener, void *context);
CURLcode ccurl_set_progress(CURL *handle, curl_xferinfo_callback progress, void *context);
CURLcode ccurl_set_error_buffer(CURL *handle, char *buffer);

long ccurl_get_long(CURL *handle, CURLINFO info);

#endif
