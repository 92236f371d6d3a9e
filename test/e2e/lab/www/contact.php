<?php
// A contact form: mails the owner of the site, and "thanks" a copy to whatever address the visitor typed.
require __DIR__ . '/lib/class.phpmailer.php';
$name = $_POST['name'] ?? '';
$email = $_POST['email'] ?? '';
$message = $_POST['message'] ?? '';
$id = $_POST['mid'] ?? bin2hex(random_bytes(8));
$mailer = new MiniMailer('@OWNER@');
$intro = "Customize this e-mail also. You will receive it as administrator.\n\n";
$ok = $mailer->send('@OWNER@', 'Contact', $name, "{$intro}Nombre y Apellido:$name\nE-mail:$email\n$message\n", "$id.o");
if (!empty($_POST['copy'])) {
  $ok = $mailer->send($email, 'Contact', $name, "Nombre y Apellido:$name\nE-mail:$email\n$message\n", "$id.c") && $ok;
}
echo $ok ? "OK\n" : "FAILED\n";
