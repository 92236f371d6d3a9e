<?php
// Talks SMTP to localhost itself: mail() never sees it.
$s = fsockopen('127.0.0.1', 25);
fgets($s);
foreach (["EHLO localhost", "MAIL FROM:<{$_POST['from']}>", "RCPT TO:<{$_POST['to']}>", 'DATA'] as $command) {
  fputs($s, "$command\r\n");
  do { $line = fgets($s); } while ($line[3] == '-');
}
fputs($s, "From: <{$_POST['from']}>\r\nTo: <{$_POST['to']}>\r\nSubject: {$_POST['subject']}\r\nMessage-ID: <{$_POST['mid']}>\r\n\r\nhello\r\n.\r\n");
echo fgets($s);
fputs($s, "QUIT\r\n");
