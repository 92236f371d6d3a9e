<?php
putenv('LAB_X_PHP_SCRIPT=' . ($_SERVER['HTTP_HOST'] ?? 'cli') . ($_SERVER['REQUEST_URI'] ?? '') . ' for ' . ($_SERVER['REMOTE_ADDR'] ?? '127.0.0.1'));
