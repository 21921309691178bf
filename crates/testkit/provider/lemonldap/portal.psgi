# LemonLDAP::NG's portal for the people and clients in `options.json` of the folder that HOWDAH_PROVIDER names.
use strict;
use warnings;
use Crypt::OpenSSL::RSA;
use DBI;
use JSON::PP;

my $folder = $ENV{HOWDAH_PROVIDER};
my $options = read_json("$folder/options.json");
my $issuer = $options->{issuer};

my $key = Crypt::OpenSSL::RSA->generate_key(2048);
my $portal = {
    cfgNum => 1,
    cfgAuthor => 'testkit',
    cfgDate => 1,
    portal => "$issuer/",
    domain => '127.0.0.1',
    cookieName => 'lemonldap',
    whatToTrace => 'uid',
    key => substr($key->get_private_key_string, 100, 16),
    map(+($_ => {}), qw(applicationList exportedHeaders exportedVars groups locationRules macros)),
    # The standard one draws with ImageMagick when it is loaded, and no page of ours shows a captcha.
    captcha => '::Lib::OneTimeToken',
    portalCheckLogins => 0,
    registerDB => 'Null',
    passwordDB => 'Null',
    globalStorage => 'Apache::Session::File',
    globalStorageOptions => storage('sessions'),
    persistentStorage => 'Apache::Session::File',
    persistentStorageOptions => storage('persistent'),
    localSessionStorage => '',
    authentication => 'DBI',
    userDB => 'Same',
    dbiAuthChain => "dbi:SQLite:dbname=$folder/people.db",
    dbiAuthUser => '',
    dbiAuthPassword => '',
    dbiAuthTable => 'people',
    dbiAuthLoginCol => 'username',
    dbiAuthPasswordCol => 'password',
    dbiAuthPasswordHash => '',
    userPivot => 'username',
    dbiExportedVars => { uid => 'username', map(+($_ => $_), qw(subject name email email_verified memberships)) },
    issuerDBOpenIDConnectActivation => 1,
    issuerDBOpenIDConnectPath => '^/oauth2/',
    oidcServiceMetaDataIssuer => $issuer,
    oidcServicePrivateKeySig => $key->get_private_key_string,
    oidcServicePublicKeySig => $key->get_public_key_x509_string,
    oidcServiceKeyIdSig => 'main',
};
for my $client (@{ $options->{clients} }) {
    my $id = $client->{client_id};
    my $secret = $client->{client_secret};
    $portal->{oidcRPMetaDataOptions}{$id} = {
        oidcRPMetaDataOptionsClientID => $id,
        # People are asked for consent where anybody can say that they are the client.
        defined $secret
        ? (oidcRPMetaDataOptionsClientSecret => $secret, oidcRPMetaDataOptionsBypassConsent => 1)
        : (oidcRPMetaDataOptionsPublic => 1, oidcRPMetaDataOptionsRequirePKCE => 1),
        oidcRPMetaDataOptionsRedirectUris => "@{ $client->{redirect_uris} }",
        oidcRPMetaDataOptionsPostLogoutRedirectUris => "@{ $client->{post_logout_redirect_uris} }",
        oidcRPMetaDataOptionsIDTokenSignAlg => $client->{id_token_signed_response_alg} // 'RS256',
        oidcRPMetaDataOptionsUserIDAttr => 'subject',
        oidcRPMetaDataOptionsRefreshToken => 1,
        oidcRPMetaDataOptionsAllowOffline => 1,
    };
    $portal->{oidcRPMetaDataExportedVars}{$id} = {
        name => 'name',
        preferred_username => 'uid',
        email => 'email',
        email_verified => 'email_verified;bool',
        groups => 'memberships;string;auto',
    };
    $portal->{oidcRPMetaDataOptionsExtraClaims}{$id} = { groups => 'groups' };
}
mkdir "$folder/conf" or die "$folder/conf: $!";
write_file("$folder/conf/lmConf-1.json", encode_json($portal));
write_file("$folder/lemonldap-ng.ini", <<"END");
[all]
logLevel=info
logger=Lemonldap::NG::Common::Logger::Std
[configuration]
type=File
dirName=$folder/conf
[portal]
staticPrefix=/static
templateDir=$ENV{HOWDAH_LEMONLDAP}/usr/share/lemonldap-ng/portal/templates
languages=en
[handler]
END

my $people = DBI->connect("dbi:SQLite:dbname=$folder/people.db", '', '', { RaiseError => 1, sqlite_unicode => 1 });
my @columns = qw(username password subject name email email_verified);
$people->do("create table people (@{[join ', ', @columns]}, memberships)");
for my $person (@{ $options->{people} }) {
    $people->do("insert into people values (?, ?, ?, ?, ?, ?, ?)", undef,
        map({ ref $person->{$_} ? 0 + $person->{$_} : $person->{$_} } @columns), join('; ', @{ $person->{groups} }));
}
$people->disconnect;

$ENV{LLNG_DEFAULTCONFFILE} = "$folder/lemonldap-ng.ini";
require Lemonldap::NG::Portal::Main;
Lemonldap::NG::Portal::Main->run({});

sub storage {
    my ($name) = @_;
    mkdir $_ or die "$_: $!" for "$folder/$name", "$folder/$name/lock";
    return {
        Directory => "$folder/$name",
        LockDirectory => "$folder/$name/lock",
        generateModule => 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
    };
}

sub read_json {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return decode_json(<$file>);
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>:raw', $path or die "$path: $!";
    print $file $text or die "$path: $!";
    close $file or die "$path: $!";
}
