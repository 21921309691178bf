// Sends the only form of the page on: a script of its own, since the content security policy forbids inline ones.
document.getElementById("forward").submit();
