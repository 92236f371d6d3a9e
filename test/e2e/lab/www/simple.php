<?php
// The oldest style: no Message-ID, no -f.
$from = $_POST['from'] ?? $argv[3];
$ok = mail($_POST['to'] ?? $argv[1], $_POST['subject'] ?? $argv[2], 'hello', "From: $from\r\nX-Mailer: PHP/" . phpversion());
echo $ok ? "OK\n" : "FAILED\n";
