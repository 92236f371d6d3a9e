<?php
class MiniMailer {
  public $from;

  function __construct($from) {
    $this->from = $from;
  }

  function send($to, $subject, $name, $body, $id) {
    $domain = substr(strrchr($this->from, '@'), 1);
    $headers = "Date: " . date(DATE_RFC2822) . "\r\nFrom: \"$name\" <{$this->from}>\r\nMessage-ID: <$id@$domain>\r\n"
      . "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8";
    return mail($to, $subject, $body, $headers, '-f' . $this->from);
  }
}
